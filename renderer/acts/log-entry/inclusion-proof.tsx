import { useState } from 'react'
import { Value } from '../../kit/controls/value.tsx'
import { type Proof, type ProofFacts, recompute, type Tampering, tampered } from './proof.ts'
import { ProofTree } from './proof-tree.tsx'
import './inclusion-proof.css'

const places: Readonly<Record<Tampering, string>> = {
  entry: 'the entry',
  sibling: 'a given hash',
  index: 'the index',
  root: 'the root',
}
const order: readonly Tampering[] = ['entry', 'sibling', 'index', 'root']

interface InclusionProofProps {
  readonly facts: ProofFacts
  /** The entry as the log holds it. */
  readonly entry: Uint8Array
}

/** The inclusion proof, computed here; and what happens to it when one bit is flipped. */
export function InclusionProof({ facts, entry }: InclusionProofProps) {
  const [where, setWhere] = useState<Tampering | null>(null)
  const honest = recompute(facts)
  const shown = where === null ? facts : tampered(facts, where, entry)
  const proof = recompute(shown)
  const possible = order.filter((place) => place !== 'sibling' || facts.proofHashes.length > 0)
  return (
    <div className="inclusion" data-tampered={where !== null}>
      {proof === undefined ? (
        <p className="inclusion-none">
          The proof’s hashes do not fit place {shown.proofIndex} in a tree of {shown.treeSize}, so there is nothing to
          compute.
        </p>
      ) : (
        <ProofTree
          entry={shown}
          proof={proof}
          {...(honest === undefined || where === null ? {} : { honest: { entry: facts, proof: honest } })}
        />
      )}
      <Roots facts={shown} proof={proof} />
      <p className="inclusion-tamper" role="group" aria-label="Turn one bit over">
        <span className="small quiet">Turn one bit over in</span>
        {possible.map((place) => (
          <button
            key={place}
            type="button"
            className="inclusion-bit"
            aria-pressed={where === place}
            onClick={() => setWhere(where === place ? null : place)}
          >
            {places[place]}
          </button>
        ))}
        {where === null ? null : <span className="small">only in this picture; press again to turn it back</span>}
      </p>
    </div>
  )
}

function Roots({ facts, proof }: { facts: ProofFacts; proof: Proof | undefined }) {
  const holds = proof?.holds === true
  return (
    <dl className="roots" aria-live="polite">
      <div>
        <dt>Computed root</dt>
        <dd>{proof === undefined ? 'none' : <Value value={proof.root} label="computed root" short />}</dd>
      </div>
      <div>
        <dt>Checkpoint’s root</dt>
        <dd>
          <Value value={facts.rootHash} label="root of the checkpoint" short copy />
        </dd>
      </div>
      <div className={holds ? 'roots-same' : 'roots-other'}>
        <dt className="hidden">Result</dt>
        <dd>{holds ? 'equal: the entry is in the log' : 'not equal: this entry is not in this log'}</dd>
      </div>
    </dl>
  )
}
