import type { SignatureArtifact } from '../../src/core/workflow/artifacts.ts'
import type { Proof, ProofLevel } from '../state/proof.ts'
import { shorten } from '../ui/text.ts'

const row = 68
const top = 32
const labelRoom = 350

/**
 * The path from our leaf to the root, as it really lies in the tree: our side is filled, given hashes are outlined, and
 * a whole subtree is folded into a triangle. The list under the picture says the same in words, for whoever hears it.
 */
export function ProofTree({ entry, proof }: { entry: SignatureArtifact['logEntry']; proof: Proof }) {
  const levels = proof.levels.toReversed()
  const step = Math.min(46, 170 / Math.max(1, levels.length))
  const xs = [150]
  for (const { side } of levels) xs.push((xs.at(-1) ?? 0) + (side === 'left' ? step : -step))
  const xOf = (level: number): number => xs[level] ?? 0
  const yOf = (level: number): number => top + level * row
  const height = yOf(levels.length) + 40
  // Right of everything that is drawn, with room for the words beside a given hash.
  const labelX = Math.max(318, ...xs.map((x) => x + (levels.some(({ side }) => side === 'right') ? 180 : 40)))
  return (
    <figure>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard */}
      <div className="tree-box" role="group" aria-label="Picture of the inclusion proof" tabIndex={0}>
        <svg
          className="tree"
          width={`${(labelX + labelRoom) / 16}rem`}
          height={`${height / 16}rem`}
          viewBox={`0 0 ${labelX + labelRoom} ${height}`}
          aria-hidden="true"
        >
          {levels.map((level, at) => (
            <Branch key={level.sibling} level={level} x={xOf(at)} y={yOf(at)} nextX={xOf(at + 1)} step={step} />
          ))}
          {levels.map((level, at) => (
            <g key={level.result}>
              <rect className="tree-ours" x={xOf(at) - 11} y={yOf(at) - 11} width="22" height="22" />
              <text className="tree-mono" x={labelX} y={yOf(at) + 4}>
                {formula(levels, at, entry.leafHash)}
              </text>
              {at === 0 ? (
                <text x={labelX} y={yOf(at) - 13}>
                  the root
                </text>
              ) : null}
            </g>
          ))}
          <rect className="tree-ours" x={xOf(levels.length) - 11} y={yOf(levels.length) - 11} width="22" height="22" />
          <text x={labelX} y={yOf(levels.length) - 4}>
            our entry, leaf {entry.proofIndex}
            {levels.length === 0 ? ', which is the root' : ''}
          </text>
          <text className="tree-mono" x={labelX} y={yOf(levels.length) + 14}>
            SHA-256(00 ‖ entry) = {shorten(entry.leafHash, 4)}
          </text>
        </svg>
      </div>
      <figcaption>
        <ol className="hidden" aria-label="The inclusion proof, from the leaf up">
          <li>
            Leaf {entry.proofIndex}: {entry.leafHash}
          </li>
          {proof.levels.map((level) => (
            <li key={level.result}>
              {entriesOf(level)} on the {level.side}: {level.sibling}. Together: {level.result}
            </li>
          ))}
        </ol>
      </figcaption>
    </figure>
  )
}

interface BranchProps {
  readonly level: ProofLevel
  readonly x: number
  readonly y: number
  readonly nextX: number
  readonly step: number
}

function Branch({ level, x, y, nextX, step }: BranchProps) {
  const left = level.side === 'left'
  const siblingX = x + (left ? -1 : 1) * Math.max(step, 40)
  const down = y + row
  const single = level.covers[1] - level.covers[0] === 1
  const labelX = left ? siblingX - 20 : siblingX + 20
  return (
    <g>
      <line className="tree-branch" x1={x} y1={y} x2={siblingX} y2={down - 10} />
      <line className="tree-path" x1={x} y1={y} x2={nextX} y2={down} />
      {single ? (
        <rect className="tree-given" x={siblingX - 10} y={down - 10} width="20" height="20" />
      ) : (
        <path className="tree-given" d={`M${siblingX} ${down - 14}l18 28h-36z`} />
      )}
      <text x={labelX} y={down - 1} textAnchor={left ? 'end' : 'start'}>
        {entriesOf(level)}
      </text>
      <text className="tree-mono" x={labelX} y={down + 15} textAnchor={left ? 'end' : 'start'}>
        {shorten(level.sibling, 4)}
      </text>
    </g>
  )
}

function entriesOf({ covers: [first, end] }: ProofLevel): string {
  return end - first === 1 ? `entry ${first}` : `entries ${first} to ${end - 1}`
}

function formula(levels: readonly ProofLevel[], at: number, leaf: string): string {
  const level = levels[at]
  if (level === undefined) return ''
  const ours = shorten(levels[at + 1]?.result ?? leaf, 4)
  const given = shorten(level.sibling, 4)
  const [left, right] = level.side === 'left' ? [given, ours] : [ours, given]
  return `SHA-256(01 ‖ ${left} ‖ ${right}) = ${shorten(level.result, 4)}`
}
