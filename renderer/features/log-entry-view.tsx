import { utf8ToBytes } from '@noble/hashes/utils.js'
import { useMemo } from 'react'
import type { SignatureArtifact, SigstoreArtifact } from '../../src/core/workflow/artifacts.ts'
import { type Derived, type LogEntryReport, logEntryReport } from '../state/log-entry.ts'
import { Checks } from '../ui/checks.tsx'
import { DigestStrip } from '../ui/digest-strip.tsx'
import { ErrorBlock } from '../ui/error-block.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { FoldedPart, Part } from '../ui/part.tsx'
import { visible } from '../ui/text.ts'
import { Value } from '../ui/value.tsx'
import { VerdictWord } from '../ui/verdict.tsx'
import { CheckpointCard } from './checkpoint-card.tsx'
import { InclusionProof } from './inclusion-proof.tsx'
import { TimestampPanel } from './timestamp-panel.tsx'
import './log-entry-view.css'

interface LogEntryViewProps {
  readonly signature: SignatureArtifact
  readonly sigstore: SigstoreArtifact | undefined
  /** What the registry calls the image that was signed. */
  readonly digest: string | null
}

/** The entry in Rekor: how its hash comes from the image's digest, and the proof that the log contains it. */
export function LogEntryView({ signature, sigstore, digest }: LogEntryViewProps) {
  const report = useMemo(
    () => logEntryReport(signature.bundleJson, sigstore?.trustedRootJson ?? '', digest),
    [signature.bundleJson, sigstore?.trustedRootJson, digest],
  )
  if (!report.ok) return <ErrorBlock error={report.error} />
  return <Report report={report.value} />
}

function Report({ report }: { report: LogEntryReport }) {
  const { facts, body, proofFacts, checkpoint, lines, timestamp } = report
  const { logEntry } = facts
  const entry = useMemo(() => utf8ToBytes(logEntry.canonicalizedBody), [logEntry.canonicalizedBody])
  return (
    <div className="act-picture">
      <ol className="derivation" aria-label="From the image to the log, each arrow computed here">
        {report.derivation.map((derived) => (
          <DerivedValue key={derived.name} derived={derived} />
        ))}
      </ol>
      <InclusionProof facts={proofFacts} entry={entry} />
      <CheckpointCard checkpoint={checkpoint} lines={lines} />
      <Part title="When it was signed" from="bundle">
        {timestamp === null ? (
          <p>There is no time stamp.</p>
        ) : (
          <TimestampPanel stamp={timestamp.stamp} checked={timestamp.checked} />
        )}
      </Part>
      <Part title="Does it fit together?" from="here">
        <Checks checks={report.checks} names={checkNames} label="Cross-checks of the log entry" parallel />
      </Part>
      <Part title="The entry" from="bundle">
        <Facts>
          <Fact name="Kind" note={body.known ? `API version ${body.version}` : 'unknown kind, shown raw'}>
            <Value value={`${body.kind} ${body.version}`} label="kind of entry" />
          </Fact>
          <Fact
            name="Index"
            note={
              logEntry.logIndex === logEntry.proofIndex
                ? 'the same number in log and proof'
                : `${logEntry.proofIndex} in its shard`
            }
          >
            <Value value={logEntry.logIndex} label="log index" copy />
          </Fact>
          <Fact name="Log" note={logEntry.origin}>
            <Value value={logEntry.logId} label="log id" short copy />
          </Fact>
          {logEntry.promise === null ? (
            <Fact name="Integrated time" note="a timestamp authority signed the time instead">
              not used in v2
            </Fact>
          ) : (
            <>
              <Fact name="Integrated time" note="as the log says, and has signed in its promise">
                {new Date(logEntry.promise.integratedTime * 1000).toISOString()}
              </Fact>
              <Fact name="UUID" note="the leaf's hash; the log puts its shard's number in front">
                <Value value={logEntry.leafHash} label="entry UUID" short copy />
              </Fact>
            </>
          )}
          {body.fields.map(({ name, value }) => (
            <Fact key={name} name={name.split('.').slice(-2).join(' ')}>
              <Value value={value} label={name} />
            </Fact>
          ))}
        </Facts>
        <FoldedPart title="The entry as the log holds it">
          <pre className="log-body mono">{visible(pretty(logEntry.canonicalizedBody))}</pre>
        </FoldedPart>
      </Part>
      <Part title="What this log does not hold">
        <p>The image itself, the private key, the login token.</p>
      </Part>
    </div>
  )
}

const checkNames = {
  signature: 'Signature',
  certificate: 'Certificate',
  hash: 'Hash',
  proof: 'Inclusion',
  checkpoint: 'Checkpoint',
  time: 'Time',
  promise: 'Promise',
}

function DerivedValue({ derived: { name, says, value, verdict } }: { derived: Derived }) {
  const isHash = /^(?:sha256:)?[0-9a-f]{64}$/.test(value)
  return (
    <li className="derived" data-verdict={verdict}>
      <span className="quiet small">{says}</span>
      <span className="derived-name">{name}</span>
      {isHash ? (
        <>
          <Value value={value} label={name} short />
          <DigestStrip digest={value} tone={verdict === 'failed' ? 'cut' : 'thread'} />
        </>
      ) : (
        <span className="mono">{visible(value)}</span>
      )}
      {verdict === 'passed' ? null : <VerdictWord verdict={verdict} />}
    </li>
  )
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
