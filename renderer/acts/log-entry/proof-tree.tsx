import { shorten } from '../../kit/text/text.ts'
import type { Proof, ProofFacts, ProofLevel } from './proof.ts'

const row = 68
const top = 32
const labelRoom = 350

interface ProofTreeProps {
  readonly entry: ProofFacts
  readonly proof: Proof
  /** The same before it was tampered with: whatever differs is drawn as broken. */
  readonly honest?: { readonly entry: ProofFacts; readonly proof: Proof }
}

/**
 * The path from our leaf to the root, as it lies in the tree: our side is filled, given hashes are outlined, and a
 * whole subtree is folded into a triangle. The list under the picture says the same in words, for screen readers.
 */
export function ProofTree({ entry, proof, honest }: ProofTreeProps) {
  const levels = proof.levels.toReversed()
  const broken = breaksOf(levels, entry, honest)
  const step = Math.min(46, 170 / Math.max(1, levels.length))
  const xs = pathOf(levels, step)
  const xOf = (level: number): number => xs[level] ?? 0
  const yOf = (level: number): number => top + level * row
  const height = yOf(levels.length) + 40
  // Right of everything that is drawn, with room for the words beside a given hash.
  const right = levels.filter(({ side }) => side === 'right')
  const given = right.length === 0 ? 40 : Math.max(180, besidePath(step) + Math.max(...right.map(widthOf)) + 16)
  const labelX = Math.max(318, ...xs.map((x) => x + given))
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
            <Branch
              key={level.sibling}
              level={level}
              x={xOf(at)}
              y={yOf(at)}
              nextX={xOf(at + 1)}
              step={step}
              path={broken.node(at + 1)}
              given={broken.given(at)}
            />
          ))}
          {levels.map((level, at) => (
            <g key={level.result}>
              <Node x={xOf(at)} y={yOf(at)} broken={broken.node(at)} />
              <text className={`tree-mono${broken.node(at)}`} x={labelX} y={yOf(at) + 4}>
                {formula(levels, at, entry.leafHash)}
              </text>
              {at === 0 ? (
                <text x={labelX} y={yOf(at) - 13}>
                  the root
                </text>
              ) : null}
            </g>
          ))}
          <Node x={xOf(levels.length)} y={yOf(levels.length)} broken={broken.node(levels.length)} />
          <text x={labelX} y={yOf(levels.length) - 4}>
            our entry, leaf {entry.proofIndex}
            {levels.length === 0 ? ', which is the root' : ''}
          </text>
          <text className={`tree-mono${broken.node(levels.length)}`} x={labelX} y={yOf(levels.length) + 14}>
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

/** Where the path lies at each height, far enough to the right for the words beside the given hashes on its left. */
function pathOf(levels: readonly ProofLevel[], step: number): readonly number[] {
  const xs = [150]
  for (const { side } of levels) xs.push((xs.at(-1) ?? 0) + (side === 'left' ? step : -step))
  const out = levels.map((level, at) => (level.side === 'left' ? besidePath(step) + widthOf(level) - (xs[at] ?? 0) : 0))
  const missing = Math.max(0, ...out)
  return xs.map((x) => x + missing)
}

/** From the path to the words beside a given hash. */
const besidePath = (step: number): number => Math.max(step, 40) + 20

/** How wide those words are at most: the text has 12.5 px. */
const widthOf = (level: ProofLevel): number => entriesOf(level).length * 6.6

/** Class names for what differs from the honest proof; heights count from the root, the leaf is the last one. */
function breaksOf(levels: readonly ProofLevel[], entry: ProofFacts, honest: ProofTreeProps['honest']) {
  const before = honest?.proof.levels.toReversed()
  const word = (broken: boolean): string => (honest !== undefined && broken ? ' tree-broken' : '')
  return {
    node: (at: number): string =>
      word(
        at === levels.length ? honest?.entry.leafHash !== entry.leafHash : before?.[at]?.result !== levels[at]?.result,
      ),
    given: (at: number): string => word(before?.[at]?.sibling !== levels[at]?.sibling),
  }
}

function Node({ x, y, broken }: { x: number; y: number; broken: string }) {
  return <rect className={`tree-ours${broken}`} x={x - 11} y={y - 11} width="22" height="22" />
}

interface BranchProps {
  readonly level: ProofLevel
  readonly x: number
  readonly y: number
  readonly nextX: number
  readonly step: number
  /** Class names of what is broken. */
  readonly path: string
  readonly given: string
}

function Branch({ level, x, y, nextX, step, path, given }: BranchProps) {
  const left = level.side === 'left'
  const siblingX = x + (left ? -1 : 1) * Math.max(step, 40)
  const down = y + row
  const single = level.covers[1] - level.covers[0] === 1
  const labelX = left ? siblingX - 20 : siblingX + 20
  return (
    <g>
      <line className="tree-branch" x1={x} y1={y} x2={siblingX} y2={down - 10} />
      <line className={`tree-path${path}`} x1={x} y1={y} x2={nextX} y2={down} />
      {single ? (
        <rect className={`tree-given${given}`} x={siblingX - 10} y={down - 10} width="20" height="20" />
      ) : (
        <path className={`tree-given${given}`} d={`M${siblingX} ${down - 14}l18 28h-36z`} />
      )}
      <text x={labelX} y={down - 1} textAnchor={left ? 'end' : 'start'}>
        {entriesOf(level)}
      </text>
      <text className={`tree-mono${given}`} x={labelX} y={down + 15} textAnchor={left ? 'end' : 'start'}>
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
