import { timeOfDay } from '../text/text.ts'
import './ruler.css'

/** A moment on a ruler. */
export interface Moment {
  readonly at: string
  readonly label: string
}

const box = { width: 640, left: 8, right: 632, y: 44 }

/** A moment's place between the two ends: 0 to 1, slightly beyond if it lies outside. */
export function place(at: string, from: string, to: string): number {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  if (end <= start) return 0
  const share = (Date.parse(at) - start) / (end - start)
  return Math.min(1.08, Math.max(-0.08, share))
}

/** A validity period as a ruler with the moments that matter. The text beside it says the same in words. */
export function Ruler({ from, to, moments }: { from: string; to: string; moments: readonly Moment[] }) {
  const inner = { left: box.left + 60, right: box.right - 60 }
  const x = (share: number): number => Math.round(inner.left + share * (inner.right - inner.left))
  const spoken = moments.map((moment) => `${moment.label} ${moment.at}`).join(', ')
  return (
    <svg
      className="ruler"
      viewBox={`0 0 ${box.width} 96`}
      role="img"
      aria-label={`Valid from ${from} to ${to}${spoken === '' ? '' : `; ${spoken}`}`}
    >
      <line className="ruler-outside" x1={box.left} x2={box.right} y1={box.y} y2={box.y} />
      <line className="ruler-valid" x1={x(0)} x2={x(1)} y1={box.y} y2={box.y} />
      {[from, to].map((end, index) => (
        <g key={index === 0 ? 'from' : 'to'}>
          <line className="ruler-end" x1={x(index)} x2={x(index)} y1={box.y - 9} y2={box.y + 9} />
          <text className="ruler-time" x={x(index)} y={box.y - 18} textAnchor="middle">
            {timeOfDay(end)}
          </text>
        </g>
      ))}
      {moments.map((moment, index) => {
        const at = x(place(moment.at, from, to))
        const anchor = at < 120 ? 'start' : at > 520 ? 'end' : 'middle'
        return (
          <g key={moment.label}>
            <path className="ruler-moment" d={`M${at} ${box.y - 7}l7 7-7 7-7-7z`} />
            <text className="ruler-label" x={at} y={box.y + 26 + index * 18} textAnchor={anchor}>
              {moment.label}, {timeOfDay(moment.at)}
            </text>
          </g>
        )
      })}
    </svg>
  )
}
