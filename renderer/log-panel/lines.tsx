import { type MouseEvent, type RefObject, useEffect } from 'react'
import type { LogPages } from './pages.ts'
import { LogRow } from './rows.tsx'
import type { LogScroll, Rows } from './scroll.ts'
import { isSelected, type Selection } from './selection.ts'

interface LogLinesProps {
  readonly box: RefObject<HTMLDivElement | null>
  readonly probe: RefObject<HTMLDivElement | null>
  readonly rows: Rows
  readonly pages: LogPages
  readonly scroll: LogScroll
  readonly wrap: boolean
  readonly find: RegExp | null
  /** The line that a search has reached. */
  readonly current: number | null
  readonly selection: Selection | null
  readonly onSelect: (selection: Selection) => void
  /** What is shown when there is no row. */
  readonly empty: string
}

/** The box with the visible lines. Pressing a line's number marks it; with Shift, all lines up to it. */
export function LogLines(props: LogLinesProps) {
  const { box, probe, rows, pages, scroll, wrap, find, current, selection, onSelect, empty } = props
  const places = Array.from({ length: Math.max(0, scroll.to - scroll.from) }, (_, at) => scroll.from + at)
  useEffect(() => pages.want(places.map(rows.at)))
  const onMouseDown = (event: MouseEvent) => {
    const number = numberAt(event.target)
    if (number === null) return
    event.preventDefault()
    box.current?.focus()
    onSelect({ anchor: event.shiftKey && selection !== null ? selection.anchor : number, head: number })
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
    <div
      className="log-box mono"
      data-wrap={wrap}
      ref={box}
      onScroll={scroll.onScroll}
      onWheel={(event) => scroll.onWheel(event.deltaY)}
      onMouseDown={onMouseDown}
      role="log"
      aria-live="off"
      tabIndex={0}
      aria-label="Lines"
    >
      <div className="log-probe" ref={probe} />
      {rows.length === 0 ? <p className="quiet log-none">{empty}</p> : null}
      <ol className="log-lines" style={{ height: scroll.height }}>
        {places.map((place) => {
          const number = rows.at(place)
          return (
            <LogRow
              key={number}
              number={number}
              text={pages.line(number)}
              place={place}
              places={rows.length}
              top={scroll.top(place)}
              find={find}
              current={number === current}
              selected={selection !== null && isSelected(selection, number)}
            />
          )
        })}
      </ol>
    </div>
  )
}

/** The line whose number was pressed, from 0. */
function numberAt(target: EventTarget): number | null {
  const number = target instanceof Element ? target.closest('.log-number') : null
  return number === null ? null : Number(number.textContent) - 1
}
