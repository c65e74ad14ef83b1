import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'
import { visible } from '../ui/text.ts'
import { withoutColours } from './ansi.ts'
import './log-panel.css'

/** The newest lines of one log. */
export interface LogLines {
  /** Number of the first line here, from 0, within the whole log. */
  readonly from: number
  readonly lines: readonly string[]
}

interface LogPanelProps {
  readonly title: string
  readonly log: LogLines
}

/** Height of a line in pixels of its own box; lines never wrap, so that the window of drawn lines can be computed. */
const lineHeight = 20
const margin = 10
/** What a line may be long in the window; the whole is in the log's file. */
const longest = 2_000

/** A step's log. Only the lines in sight are in the document; it follows the end until somebody scrolls up. */
export function LogPanel({ title, log }: LogPanelProps) {
  const [filter, setFilter] = useState('')
  const [follows, setFollows] = useState(true)
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 400 })
  const lines = useMemo(() => {
    const wanted = filter.toLowerCase()
    return log.lines
      .map((text, index) => ({ number: log.from + index + 1, text }))
      .filter(({ text }) => wanted === '' || text.toLowerCase().includes(wanted))
  }, [log, filter])

  const measure = () => {
    const element = box.current
    if (element === null) return
    setView({ top: element.scrollTop, height: element.clientHeight })
  }
  useEffect(() => {
    measure()
    const observer = new ResizeObserver(measure)
    if (box.current !== null) observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  useLayoutEffect(() => {
    const element = box.current
    if (element === null || !follows) return
    element.scrollTop = element.scrollHeight
  }, [follows, lines.length])

  const onScroll = () => {
    const element = box.current
    if (element === null) return
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < lineHeight * 2)
    measure()
  }
  const first = Math.max(0, Math.floor(view.top / lineHeight) - margin)
  const last = Math.min(lines.length, Math.ceil((view.top + view.height) / lineHeight) + margin)
  return (
    <section className="log" aria-label={`Log of ${title}`}>
      <div className="log-bar">
        <h2>Log of {title}</h2>
        <span className="quiet small">
          {lines.length} {lines.length === 1 ? 'line' : 'lines'}
          {log.from > 0 ? `, the first ${log.from} are in its file` : ''}
        </span>
        <label className="log-filter">
          <span className="quiet small">Filter</span>
          <input type="search" value={filter} onChange={(event) => setFilter(event.target.value)} />
        </label>
        <label className="log-follow">
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} />
          <span className="small">follow</span>
        </label>
        <CopyButton text={lines.map(({ text }) => withoutColours(text)).join('\n')} what="these lines" />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard */}
      <div
        className="log-box mono"
        ref={box}
        onScroll={onScroll}
        role="log"
        aria-live="off"
        tabIndex={0}
        aria-label="Lines"
      >
        {lines.length === 0 ? <p className="quiet log-none">No line{filter === '' ? ' yet' : ' holds that'}.</p> : null}
        <div className="log-all" style={{ height: lines.length * lineHeight }}>
          <ol className="log-seen" style={{ top: first * lineHeight }}>
            {lines.slice(first, last).map(({ number, text }) => (
              <li key={number} className="log-line" aria-posinset={number} aria-setsize={-1}>
                <span className="log-number">{number}</span>
                {visible(withoutColours(text).slice(0, longest))}
              </li>
            ))}
          </ol>
        </div>
      </div>
    </section>
  )
}
