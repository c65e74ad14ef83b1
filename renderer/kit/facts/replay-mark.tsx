import './replay-mark.css'

/** The REPLAY mark with its shape, an arrow that goes round, shown wherever a recording is shown. */
export function ReplayMark() {
  return (
    <span className="replay-mark">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M3.2 10.5a5.4 5.4 0 1 0 .2-5.4" />
        <path d="M3.2 1.8v3.6h3.6" />
      </svg>
      REPLAY
    </span>
  )
}
