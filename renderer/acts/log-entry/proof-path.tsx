import type { ProofLevel } from './proof.ts'
import './proof-path.css'

const height = 168
const width = 1152
const line = 52
const low = 124

/**
 * An inclusion proof from left to right: our entry, each given hash that it is hashed with, and the root. The given
 * hashes are outlined: whole subtrees as triangles, single entries as boxes.
 */
export function ProofPath({ levels, index }: { levels: readonly ProofLevel[]; index: string }) {
  const step = levels.length === 0 ? 0 : (width - 160) / levels.length
  const x = (at: number): number => (levels.length === 0 ? width / 2 : 80 + at * step)
  // With more, the words of two given hashes would touch.
  const worded = levels.length <= 6
  return (
    <svg className="proof-path" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={spoken(levels, index)}>
      <line className="proof-way" x1={x(0)} y1={line} x2={x(levels.length)} y2={line} />
      {levels.map((level, at) => (
        <g key={level.result}>
          <line className="proof-given-way" x1={x(at) + step / 2} y1={low} x2={x(at + 1)} y2={line} />
          <Given level={level} x={x(at) + step / 2} />
          {worded ? (
            <text x={x(at) + step / 2} y={low + 44} textAnchor="middle">
              {covers(level)}
            </text>
          ) : null}
        </g>
      ))}
      {Array.from({ length: levels.length + 1 }, (_, at) => (
        <rect key={x(at)} className="proof-ours" x={x(at) - 15} y={line - 15} width="30" height="30" />
      ))}
      <text x={x(0)} y={line - 26} textAnchor="middle">
        {levels.length === 0 ? 'our entry is the root' : `entry ${index}`}
      </text>
      {levels.length === 0 ? null : (
        <text x={x(levels.length)} y={line - 26} textAnchor="middle">
          root
        </text>
      )}
    </svg>
  )
}

function Given({ level, x }: { level: ProofLevel; x: number }) {
  return isSingle(level) ? (
    <rect className="proof-given" x={x - 13} y={low - 13} width="26" height="26" />
  ) : (
    <path className="proof-given" d={`M${x} ${low - 18}l22 36h-44z`} />
  )
}

const isSingle = ({ covers: [first, end] }: ProofLevel): boolean => end - first === 1

const covers = ({ covers: [first, end] }: ProofLevel): string =>
  end - first === 1 ? `entry ${first}` : `${first} to ${end - 1}`

const spoken = (levels: readonly ProofLevel[], index: string): string =>
  levels.length === 0
    ? `Entry ${index} is the root of the tree`
    : `Entry ${index} is hashed with ${levels.map((level) => `the hash of ${covers(level)}`).join(', then with ')}, up to the root`
