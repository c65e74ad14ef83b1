import { memo } from 'react'
import { boundedLine } from '../../src/core/contract/log-tails.ts'
import { useMasking } from '../kit/text/masking.ts'
import { ansiRuns, markedRuns } from './ansi.ts'
import './ansi.css'

interface LogRowProps {
  /** From 0. */
  readonly number: number
  /** Undefined while it is loading. */
  readonly text: string | undefined
  /** Position and count among the shown rows, for screen readers. */
  readonly place: number
  readonly places: number
  readonly top: number
  readonly find: RegExp | null
  readonly current: boolean
  readonly selected: boolean
}

/** One line of a log, in its place. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { number, text, place, places, top, find, current, selected } = props
  return (
    <li
      className="log-line"
      style={{ transform: `translateY(${top}px)` }}
      data-index={place}
      data-current={current}
      data-selected={selected}
      aria-posinset={place + 1}
      aria-setsize={places}
    >
      <span className="log-number">{number + 1}</span>
      <span className="log-text">
        {text === undefined ? <span className="quiet">…</span> : <LineText text={text} find={find} />}
      </span>
    </li>
  )
})

// The sandbox's services share one log, each line with the name of its service.
const service = /^[a-z][a-z0-9-]{1,30} \| /

function LineText({ text, find }: { text: string; find: RegExp | null }) {
  // A row is drawn again only for what it subscribes to.
  useMasking()
  const label = service.exec(text)?.[0] ?? ''
  const runs = [
    ...(label === '' ? [] : [{ text: label, className: 'ansi-dim' }]),
    ...ansiRuns(boundedLine(text.slice(label.length))),
  ]
  const marked = find === null ? runs.map((run) => ({ ...run, found: false })) : markedRuns(runs, find)
  return marked.map(({ text, className, found }, at) => {
    // A line never changes, so neither do its runs.
    const key = at
    if (found) {
      return (
        <mark key={key} className={className}>
          {text}
        </mark>
      )
    }
    return className === '' ? (
      text
    ) : (
      <span key={key} className={className}>
        {text}
      </span>
    )
  })
}
