import './knot.css'

/** The states of a knot of the thread: shape first, colour second, and always with a word beside it. */
export type KnotShape = 'passed' | 'current' | 'attention' | 'cut' | 'open' | 'absent'

/** A knot of the thread, drawn in a box of 20. */
export function Knot({ shape }: { shape: KnotShape }) {
  return (
    <svg className={`knot knot-${shape}`} viewBox="0 0 20 20" aria-hidden="true">
      {drawing(shape)}
    </svg>
  )
}

function drawing(shape: KnotShape) {
  switch (shape) {
    case 'passed':
      return (
        <>
          <circle className="knot-fill" cx="10" cy="10" r="6.5" />
          <path className="knot-mark" d="M7 10.2l2.1 2.1 4-4.4" />
        </>
      )
    case 'current':
      return (
        <>
          <circle className="knot-fill" cx="10" cy="10" r="8" />
          <circle className="knot-hole" cx="10" cy="10" r="3" />
        </>
      )
    case 'attention':
      return <path className="knot-line" d="M10 2.5l7.5 7.5-7.5 7.5L2.5 10z" />
    case 'cut':
      return <path className="knot-line" d="M4.5 4.5l11 11m0-11l-11 11" />
    case 'open':
      return <circle className="knot-line" cx="10" cy="10" r="4.5" />
    case 'absent':
      return <circle className="knot-line knot-dashed" cx="10" cy="10" r="5.5" />
    default:
      return null
  }
}
