import { stripBars, stripBox } from './strip-geometry.ts'
import './digest-strip.css'

/** A digest as 32 bars: equal bytes look equal from the tenth row. It stands beside the hex, never instead of it. */
export function DigestStrip({ digest, tone = 'thread' }: { digest: string; tone?: 'thread' | 'ink' | 'cut' }) {
  const bars = stripBars(digest)
  if (bars === undefined) return null
  return (
    <svg
      className={`strip strip-${tone}`}
      viewBox={`0 0 ${stripBox.width} ${stripBox.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {bars.map((bar) => (
        <rect key={bar.x} x={bar.x} y={bar.y} width={stripBox.bar} height={bar.height} />
      ))}
    </svg>
  )
}
