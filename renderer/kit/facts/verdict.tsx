import { type Verdict, verdictWords } from '../../../src/core/domain/verdict.ts'
import './verdict.css'

/** One of the five words, in its colour. */
export function VerdictWord({ verdict }: { verdict: Verdict }) {
  return <span className={`verdict verdict-${verdict}`}>{verdictWords[verdict]}</span>
}

/** The mark of a gate: a box with a tick, a cross, a question, or an empty dashed box. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  return (
    <svg className={`mark mark-${verdict}`} viewBox="0 0 20 20" aria-hidden="true">
      {verdict === 'failed' || verdict === 'not-present' ? (
        <path className="mark-cross" d="M4 4l12 12m0-12L4 16" />
      ) : (
        <rect x="2.5" y="2.5" width="15" height="15" />
      )}
      {verdict === 'passed' ? <path d="M6.2 10.3l2.6 2.6 5-5.6" /> : null}
      {verdict === 'could-not-check' ? <path d="M10 6v5m0 2.4v.8" /> : null}
    </svg>
  )
}
