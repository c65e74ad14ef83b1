import { certificatesInPem, derOfPem } from '../../../src/core/domain/certificates/pem.ts'
import { readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import type { AgentArtifact, EntryArtifact, TrustDomainArtifact } from '../../../src/core/workflow/artifacts.ts'
import { TimeValue } from '../../kit/controls/time-value.tsx'
import { Value } from '../../kit/controls/value.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { SelectorMatcher } from './selector-matcher.tsx'

/** The CA of the trust domain. */
export function ServerView({ domain }: { domain: TrustDomainArtifact }) {
  const authorities = certificatesInPem(domain.bundlePem)
    .map((pem) => readCertificate(derOfPem(pem) ?? new Uint8Array()))
    .flatMap((read) => (read.ok ? [read.value] : []))
  return (
    <Facts>
      <Fact name="Trust domain">
        <Value value={domain.trustDomain} label="trust domain" copy />
      </Fact>
      {domain.serverVersion === null ? (
        <Fact name="Server" note="its operator knows its version">
          one that is already running
        </Fact>
      ) : (
        <Fact name="Server" note="answered that it is ready">
          <Value value={`SPIRE ${domain.serverVersion}`} label="server version" />
        </Fact>
      )}
      <Fact name="Trust bundle" note="the keys with which anyone can check an SVID of this domain">
        {authorities.length} {authorities.length === 1 ? 'authority' : 'authorities'}
      </Fact>
      {authorities.map(({ fingerprint, publicKey, notAfter }) => (
        <Fact key={fingerprint} name="Authority" note={`${publicKey}, until ${notAfter}`}>
          <Value value={fingerprint} label="fingerprint of an authority" short copy />
        </Fact>
      ))}
    </Facts>
  )
}

/** The agent of this node. */
export function AgentView({ agent }: { agent: AgentArtifact }) {
  return (
    <Facts>
      <Fact
        name="This node is"
        note={
          agent.agentId === null
            ? 'as the profile names it; the parent of the entry'
            : 'every node that joins with our token gets this name too'
        }
      >
        <Value value={agent.nodeAlias} label="node" copy />
      </Fact>
      {agent.agentVersion === null ? (
        <Fact name="Agent" note="its operator says that our attestor is loaded">
          one that is already running
        </Fact>
      ) : (
        <Fact name="Agent" note="answered that it is ready, with our attestor loaded">
          <Value value={`SPIRE ${agent.agentVersion}`} label="agent version" />
        </Fact>
      )}
      {agent.agentId === null ? null : (
        <Fact name="Agent id" note="the join token in it was good for one use">
          <Value value={agent.agentId} label="agent id" />
        </Fact>
      )}
    </Facts>
  )
}

/** The registration entry: which workload gets which SPIFFE ID. */
export function EntryView({ entry }: { entry: EntryArtifact }) {
  return (
    <div className="act-picture">
      <Facts>
        <Fact name="A workload with">all of these selectors</Fact>
      </Facts>
      <SelectorMatcher needed={entry.selectors} obtained={null} />
      <Facts>
        <Fact name="is called">
          <Value value={entry.spiffeId} label="SPIFFE ID" copy />
        </Fact>
        <Fact name="on the node">
          <Value value={entry.parentId} label="parent" />
        </Fact>
        {entry.entryId === null ? (
          <Fact name="Entry" note="its id is known there">
            made by the operator of the SPIRE server
          </Fact>
        ) : (
          <Fact name="Entry">
            <Value value={entry.entryId} label="entry id" copy />
          </Fact>
        )}
        {entry.knownToAgentAt === null ? (
          <Fact name="Known to the agent" note="this agent does not report which entries it knows">
            an operator says so
          </Fact>
        ) : (
          <Fact name="Known to the agent since" note="before the container started">
            <TimeValue time={entry.knownToAgentAt} label="time" />
          </Fact>
        )}
      </Facts>
    </div>
  )
}
