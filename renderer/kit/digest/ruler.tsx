import { useTimes } from '../text/zone.tsx'
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
  const times = useTimes()
  const zones = [...new Set([from, to, ...moments.map(({ at }) => at)].map(times.zone))]
  // One zone is named once; where summer time begins between two of the times, each names its own.
  const shown = zones.length > 1 ? times.timeOfDay : times.hours
  const inner = { left: box.left + 60, right: box.right - 60 }
  const x = (share: number): number => Math.round(inner.left + share * (inner.right - inner.left))
  const spoken = moments.map((moment) => `${moment.label} ${times.whole(moment.at)}`).join(', ')
  return (
    <svg
      className="ruler"
      viewBox={`0 0 ${box.width} 96`}
      role="img"
      aria-label={`Valid from ${times.whole(from)} to ${times.whole(to)}${spoken === '' ? '' : `; ${spoken}`}`}
    >
      <line className="ruler-outside" x1={box.left} x2={box.right} y1={box.y} y2={box.y} />
      <line className="ruler-valid" x1={x(0)} x2={x(1)} y1={box.y} y2={box.y} />
      {zones.length > 1 ? null : (
        <text className="ruler-time" x={box.width / 2} y={box.y - 18} textAnchor="middle">
          {zones[0]}
        </text>
      )}
      {[from, to].map((end, index) => (
        <g key={index === 0 ? 'from' : 'to'}>
          <line className="ruler-end" x1={x(index)} x2={x(index)} y1={box.y - 9} y2={box.y + 9} />
          <text className="ruler-time" x={x(index)} y={box.y - 18} textAnchor="middle">
            {shown(end)}
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
              {moment.label}, {shown(moment.at)}
            </text>
          </g>
        )
      })}
    </svg>
  )
}
