import { utf8ToBytes } from '@noble/hashes/utils.js'
import { useMemo } from 'react'
import { rawBody } from '../../../src/core/domain/log/log-body.ts'
import type { LogEntryFacts } from '../../../src/core/domain/log/log-entry.ts'
import type { SignatureArtifact, SigstoreArtifact } from '../../../src/core/workflow/artifacts.ts'
import { TimeValue } from '../../kit/controls/time-value.tsx'
import { Value } from '../../kit/controls/value.tsx'
import { DigestStrip } from '../../kit/digest/digest-strip.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { ErrorBlock } from '../../kit/facts/error-block.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { FoldedPart, Part } from '../../kit/facts/part.tsx'
import { VerdictWord } from '../../kit/facts/verdict.tsx'
import { visible } from '../../kit/text/text.ts'
import { TimestampPanel } from '../certificate/timestamp-panel.tsx'
import { CheckpointCard } from './checkpoint-card.tsx'
import { type Derived, type LogEntryReport, logEntryReport, type Promised } from './facts.ts'
import { InclusionProof } from './inclusion-proof.tsx'
import './log-entry-view.css'

interface LogEntryViewProps {
  readonly signature: SignatureArtifact
  readonly sigstore: SigstoreArtifact | undefined
  /** The digest in the registry of the image that was signed. */
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
  const { facts, body, proofFacts, checkpoint, lines, timestamp, promised } = report
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
          <NoTimestamp promised={promised} />
        ) : (
          <TimestampPanel stamp={timestamp.stamp} checked={timestamp.checked} />
        )}
      </Part>
      <Part title="Does it fit together?" from="here">
        <Checks checks={report.checks} names={checkNames} label="Cross-checks of the log entry" parallel />
      </Part>
      <Part title="The entry" from="bundle">
        <Facts>
          <Fact name="Kind" note={body.known ? `API version ${body.version}` : 'unknown here, so shown raw'}>
            <Value value={`${body.kind} ${body.version}`} label="kind of entry" />
          </Fact>
          <Place entry={logEntry} promised={promised} />
          <Fact name="Log" note={logEntry.origin}>
            <Value value={logEntry.logId} label="log id" short copy />
          </Fact>
          {promised === null ? (
            <Fact name="Integrated time" note="a timestamp authority signed the time instead">
              not used in v2
            </Fact>
          ) : (
            <PromiseFacts promised={promised} />
          )}
          {report.searchPage === null ? null : (
            <Fact name="Public page" note="shows this entry in a browser">
              <Value value={report.searchPage} label="public search page" copy />
            </Fact>
          )}
          {body.fields.map(({ name, value }) => (
            <Fact key={name} name={fieldName(name)}>
              <Value value={value} label={name} />
            </Fact>
          ))}
        </Facts>
        {body.known ? (
          <FoldedPart title="The entry as the log holds it">
            <RawBody body={logEntry.canonicalizedBody} />
          </FoldedPart>
        ) : (
          <>
            <p className="small quiet">The entry as the log holds it</p>
            <RawBody body={logEntry.canonicalizedBody} />
          </>
        )}
      </Part>
      <Part title="What this log does not hold">
        <p>The image itself, the private key, the login token.</p>
      </Part>
    </div>
  )
}

/** The end of a path, which says what a field is: without numbers, and no word twice. */
function fieldName(path: string): string {
  const [above = '', last = ''] = path
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .slice(-2)
  return above.startsWith(last) ? last : `${above} ${last}`
}

/** The entry's place: Rekor v1 numbers entries across shards, while the proof is about the index within one shard. */
function Place({ entry, promised }: { entry: LogEntryFacts; promised: Promised | null }) {
  const same = entry.logIndex === entry.proofIndex
  const shard = promised?.shard ?? null
  return (
    <>
      <Fact name="Index" note={same ? 'the same number in log and proof' : 'counted over all shards of the log'}>
        <Value value={entry.logIndex} label="log index" copy />
      </Fact>
      {same ? null : (
        <Fact
          name={shard === null ? 'In the tree' : 'In its shard'}
          note={
            shard === null ? 'the number that the proof is about' : `which begins at entry ${shard.begins} of the log`
          }
        >
          <Value value={entry.proofIndex} label="index in the tree" copy />
        </Fact>
      )}
      {shard === null ? null : (
        <Fact name="Shard" note="its tree, as the checkpoint names it">
          <Value value={shard.treeId} label="tree of the shard" copy />
        </Fact>
      )}
    </>
  )
}

/** Rekor v1's signed entry timestamp, and whether its signature is valid. */
function PromiseFacts({ promised }: { promised: Promised }) {
  return (
    <>
      <Fact name="UUID" note={promised.shard === null ? 'the leaf’s hash' : 'the shard’s tree, then the leaf’s hash'}>
        <Value value={promised.uuid} label="entry UUID" short copy />
      </Fact>
      <Fact name="Integrated time" note="when the log took it, as it says itself">
        <TimeValue time={promised.time} label="integrated time" copy />
      </Fact>
      <Fact name="Signed entry timestamp" note="the log’s promise of entry, index and time">
        <VerdictWord verdict={promised.check.verdict} />
        {promised.check.verdict === 'passed' ? null : <span>{promised.check.found}</span>}
      </Fact>
    </>
  )
}

/** Without a timestamp authority, the log's own statement is the only source of the time. */
function NoTimestamp({ promised }: { promised: Promised | null }) {
  if (promised === null) return <p>There is no timestamp.</p>
  return (
    <Facts>
      <Fact name="At" note="the log’s integrated time; the bundle has no timestamp">
        <TimeValue time={promised.time} label="integrated time" copy />
        <VerdictWord verdict={promised.check.verdict} />
      </Fact>
    </Facts>
  )
}

/** The entry as the log holds it, as far as it is short enough to show. */
function RawBody({ body }: { body: string }) {
  const { text, left } = useMemo(() => rawBody(body), [body])
  return (
    <>
      <pre className="log-body mono">{visible(text)}</pre>
      {left === 0 ? null : <p className="small quiet">and {left} more characters, which are left out</p>}
    </>
  )
}

const checkNames = {
  signature: 'Signature',
  certificate: 'Certificate',
  hash: 'Hash',
  'logged-signature': 'Logged signature',
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
