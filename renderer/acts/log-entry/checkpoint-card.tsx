import { hexToBytes } from '@noble/hashes/utils.js'
import { base64Of } from '../../../src/core/domain/bundle/bundle-encoding.ts'
import type { CheckpointLine } from '../../../src/core/domain/log/checkpoint-lines.ts'
import type { Checkpoint } from '../../../src/core/domain/log/log-entry.ts'
import { Value } from '../../kit/controls/value.tsx'
import { VerdictWord } from '../../kit/facts/verdict.tsx'
import './checkpoint-card.css'

interface CheckpointCardProps {
  readonly checkpoint: Checkpoint
  readonly lines: readonly CheckpointLine[]
}

/** A checkpoint as the log signed it: which log, how many entries, which root, and who signed. */
export function CheckpointCard({ checkpoint, lines }: CheckpointCardProps) {
  return (
    <section className="checkpoint" aria-label="Checkpoint">
      <p className="small quiet">Checkpoint: what the log signed, line by line</p>
      <ol className="checkpoint-text">
        <li>
          <Value value={checkpoint.origin} label="origin" />
          <span className="small quiet">whose log</span>
        </li>
        <li>
          <Value value={checkpoint.treeSize} label="tree size" />
          <span className="small quiet">entries</span>
        </li>
        <li>
          <Value value={base64Of(hexToBytes(checkpoint.rootHash))} label="root, base64" />
          <span className="small quiet">root, in hex</span>
          <Value value={checkpoint.rootHash} label="root, hex" short copy />
        </li>
      </ol>
      <ul className="checkpoint-lines" aria-label="Signature lines">
        {lines.map(({ name, keyHint, algorithm, log, verdict }) => (
          <li key={`${name} ${keyHint}`} className="checkpoint-line">
            <span>— </span>
            <Value value={name} label="signed by" />
            <span className="small quiet">key</span>
            <Value value={keyHint} label="key id" />
            <span>{log === null ? 'no log that the trusted root names' : `${algorithm}, trusted`}</span>
            <VerdictWord verdict={verdict} />
          </li>
        ))}
      </ul>
    </section>
  )
}
