import type { CheckedSct } from '../../../src/core/domain/certificates/sct-checks.ts'
import { TimeValue } from '../../kit/controls/time-value.tsx'
import { Value } from '../../kit/controls/value.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { Part } from '../../kit/facts/part.tsx'
import { CheckpointCard } from '../log-entry/checkpoint-card.tsx'
import { ProofTree } from '../log-entry/proof-tree.tsx'
import type { KeptPromise } from './facts.ts'

interface CtPromiseProps {
  readonly scts: readonly CheckedSct[] | undefined
  readonly kept: KeptPromise | null
}

/** The SCT, checked step by step; and the CT log's entry that fulfils it. */
export function CtPromise({ scts, kept }: CtPromiseProps) {
  return (
    <>
      <Part
        title="The SCT of the CT log"
        why="An SCT is a promise, an inclusion proof is the keeping of it. The CT log records that a certificate was issued for an identity, Rekor records that something was signed."
        from="bundle"
      >
        {scts === undefined ? <p>The list of SCTs cannot be read.</p> : null}
        {scts?.length === 0 ? <p>There is none: no log promised to record this certificate.</p> : null}
        {scts?.map((checked) => (
          <PromiseFacts key={`${checked.sct.logId} ${checked.sct.timestampMs}`} checked={checked} />
        ))}
      </Part>
      {kept === null ? (
        <Part title="The entry in the CT log">
          <p>Not read back yet: the verify step looks into the log.</p>
        </Part>
      ) : (
        <Keeping kept={kept} />
      )}
    </>
  )
}

function PromiseFacts({ checked: { sct, log, steps } }: { checked: CheckedSct }) {
  const at = new Date(sct.timestampMs)
  return (
    <>
      <Facts>
        <Fact name="Log" note={log === null ? 'unknown log' : `${log.baseUrl}${operatorOf(log.operator)}`}>
          <Value value={sct.logId} label="id of the CT log" short copy />
        </Fact>
        <Fact name="Promised at" note="the log’s own clock, to the millisecond">
          <TimeValue
            time={Number.isNaN(at.getTime()) ? String(sct.timestampMs) : at.toISOString()}
            label="promised at"
          />
        </Fact>
        <Fact name="Leaf" note="a static CT log says at once where the certificate will stand">
          {sct.leafIndex === null ? 'not reported' : <Value value={sct.leafIndex} label="leaf index" />}
        </Fact>
        <Fact name="Form" note="embedded in the certificate">
          version {sct.version + 1} (v1 is written as 0), {sct.signatureAlgorithm} with {sct.hashAlgorithm}
        </Fact>
      </Facts>
      <Checks checks={steps} names={stepNames} label="How the SCT was checked" />
    </>
  )
}

const operatorOf = (operator: string | null): string => (operator === null ? '' : `, run by ${operator}`)

const stepNames = {
  precertificate: 'Precertificate',
  'issuer-key': 'Issuer’s key',
  'log-key': 'Log’s key',
  signature: 'Signature',
}

function Keeping({ kept }: { kept: KeptPromise }) {
  const { checkpoint, entry, facts, proof } = kept
  return (
    <Part title="The entry in the CT log" why="Read from the CT log’s own files, and computed again." from="log">
      {proof === undefined ? <p>The proof’s hashes do not fit its index and size.</p> : null}
      {proof === undefined ? null : <ProofTree entry={facts} proof={proof} />}
      <Checks checks={kept.checks} names={keepingNames} label="How the inclusion was checked" parallel />
      <Facts>
        <Fact
          name="What the log holds"
          note={
            kept.poisoned
              ? 'with its poison: critical, so that no client accepts it as a certificate'
              : 'without poison'
          }
        >
          the precertificate that Fulcio submitted, {entry.precertificate.length} bytes
        </Fact>
        <Fact name="Read from">
          {kept.files.map((file) => (
            <Value key={file} value={file} label="file of the log" />
          ))}
        </Fact>
      </Facts>
      <CheckpointCard checkpoint={checkpoint} lines={kept.lines} />
    </Part>
  )
}

const keepingNames = { entry: 'Entry', proof: 'Inclusion', checkpoint: 'Checkpoint' }
