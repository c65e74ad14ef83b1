import type { AttestationArtifact, EntryArtifact, SignatureArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Value } from '../../kit/controls/value.tsx'
import { Ruler } from '../../kit/digest/ruler.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { Part } from '../../kit/facts/part.tsx'
import { Remedy } from '../../kit/facts/remedy.tsx'
import { SelectorMatcher } from '../spire/selector-matcher.tsx'
import { Contrast } from './contrast.tsx'
import { SvidCard } from './svid-card.tsx'
import { SvidCertificate } from './svid-certificate.tsx'

interface IdentityViewProps {
  readonly attestation: AttestationArtifact
  readonly entry: EntryArtifact | undefined
  readonly signature: SignatureArtifact | undefined
  readonly now: string
}

/** Why this workload got its SPIFFE ID, or did not: required against obtained selectors; then the SVID itself. */
export function IdentityView({ attestation, entry, signature, now }: IdentityViewProps) {
  const { svid, denial, decision } = attestation
  // The record holds the values; the type is the plugin's name, as the entry writes it.
  const type = entry?.selectors[0]?.split(':')[0] ?? 'sigstore'
  const obtained = decision.selectors.map((value) => `${type}:${value}`)
  return (
    <div className="act-picture">
      <SvidCard attestation={attestation} />
      <Part title={svid === null ? 'Why this workload got none' : 'Why this workload got it'} from="attestor">
        {entry === undefined ? null : <SelectorMatcher needed={entry.selectors} obtained={obtained} />}
        <Facts>
          {denial === null ? null : (
            <Fact name="What would fix it">
              <span>
                <Remedy text={denial.remedy} />
              </span>
            </Fact>
          )}
          {entry === undefined || entry.entryId === null ? null : (
            <Fact name="Entry" note="known to the agent before the container started">
              <Value value={entry.entryId} label="entry id" copy />
            </Fact>
          )}
          <Fact name="Process" note="as the kernel names it">
            <Value value={String(decision.pid)} label="process" />
          </Fact>
          <Fact name="Container">
            <Value value={attestation.containerId} label="container" short copy />
          </Fact>
          <Fact
            name="Time taken"
            note={decision.cached ? 'with an answer from the cache' : 'nothing came from a cache'}
          >
            {decision.elapsedMs} ms
          </Fact>
        </Facts>
      </Part>
      {svid === null ? null : (
        <>
          <Part
            title="How long it lives"
            why="SPIRE dates it back by 10 s, for clocks that are a little behind. The agent renews it at half of its life."
          >
            <Ruler from={svid.notBefore} to={svid.notAfter} moments={[{ at: now, label: 'now' }]} />
          </Part>
          <Part
            title="What the X509-SVID standard requires"
            why="Checked when the workload showed it, before anyone called it an identity."
            from="workload"
          >
            <Checks checks={svid.checks} names={checkNames} label="Checks of the SVID" parallel />
          </Part>
          <SvidCertificate svid={svid} />
          {signature === undefined ? null : <Contrast signature={signature} svid={svid} />}
        </>
      )}
    </div>
  )
}

const checkNames = {
  'uri-san': 'One name',
  'not-a-ca': 'No authority',
  'key-usage': 'Key usage',
  'extended-key-usage': 'Purposes',
  time: 'Time',
  chain: 'Chain',
}
