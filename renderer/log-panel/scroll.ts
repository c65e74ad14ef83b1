import { type RefObject, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { RowHeights } from './heights.ts'

/** The rendered rows, each a line of the log. */
export interface Rows {
  readonly length: number
  /** The number of the line in a row, both from 0. */
  readonly at: (place: number) => number
}

export interface LogScroll {
  /** The rows to render: the visible ones and a few more. `to` is exclusive. */
  readonly from: number
  readonly to: number
  readonly top: (place: number) => number
  /** The total height of all rows. */
  readonly height: number
  readonly follows: boolean
  readonly toStart: () => void
  readonly toEnd: () => void
  /** Shows a row in the middle of the box; following stops. */
  readonly show: (place: number) => void
  /** Scrolls by this many boxes. */
  readonly page: (by: number) => void
  /** The first visible row. */
  readonly firstSeen: () => number
  readonly onScroll: () => void
  /** The mouse wheel was turned by this much. */
  readonly onWheel: (by: number) => void
}

const margin = 8

/**
 * Which rows are visible; follows the end until a person scrolls up. `kind` says what the rows are: heights measured
 * for one kind do not apply to another.
 */
export function useLogScroll(
  box: RefObject<HTMLDivElement | null>,
  probe: RefObject<HTMLDivElement | null>,
  rows: Rows,
  wrap: boolean,
  kind: string,
): LogScroll {
  const line = useSize(probe).height || 20
  const size = useSize(box)
  const width = wrap ? size.width : 0
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- reset when these change, although the callback does not read them
  const heights = useMemo(() => new RowHeights(line), [line, width, kind])
  const [follows, setFollows] = useState(true)
  // Rounded down to a line, so that a smaller change renders nothing.
  const [scrolled, setScrolled] = useState(0)
  const height = heights.top(rows.length)
  const seen = follows ? Math.max(0, height - size.height) : Math.min(scrolled, Math.max(0, height - size.height))
  const from = Math.max(0, heights.rowAt(seen) - margin)
  const to = Math.min(rows.length, heights.rowAt(seen + size.height) + 2 + margin)

  useLayoutEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = height
  }, [box, follows, height, size.height])
  const aim = useMeasuredRows(box, heights, wrap, follows)
  const lastTop = useRef(0)
  const onScroll = () => {
    const element = box.current
    if (element === null) return
    const { scrollTop, scrollHeight, clientHeight } = element
    const up = scrollTop < lastTop.current - 1
    lastTop.current = scrollTop
    // Before this frame is painted, or it would show a place without rows.
    flushSync(() => {
      setScrolled(Math.floor(scrollTop / line) * line)
      // Rows added below move nothing: only a person scrolls.
      if (scrollHeight - scrollTop - clientHeight < line * 1.5) setFollows(true)
      else if (up) setFollows(false)
    })
  }
  const scrollTo = (top: number) => {
    if (box.current !== null) box.current.scrollTop = top
  }
  return {
    from,
    to,
    top: (place) => heights.top(place),
    height,
    follows,
    onScroll,
    onWheel: (by) => {
      // Before the next lines scroll down again what the wheel has scrolled up.
      if (by < 0 && (box.current?.scrollTop ?? 0) > 0) setFollows(false)
    },
    toStart: () => {
      setFollows(false)
      scrollTo(0)
    },
    toEnd: () => {
      setFollows(true)
      scrollTo(height)
    },
    show: (place) => {
      setFollows(false)
      aim(place)
      scrollTo(middle(heights, place, size.height))
    },
    page: (by) => {
      if (by < 0) setFollows(false)
      scrollTo((box.current?.scrollTop ?? 0) + by * Math.max(line, size.height - line))
    },
    firstSeen: () => heights.rowAt(box.current?.scrollTop ?? 0),
  }
}

const middle = (heights: RowHeights, place: number, boxHeight: number): number =>
  Math.max(0, heights.top(place) - Math.max(0, (boxHeight - heights.height(place)) / 2))

/**
 * Measures the rendered rows if they differ in height, and keeps the viewed place fixed. Returns a function to aim at a
 * row: it stays in the middle while those around it are measured.
 */
function useMeasuredRows(
  box: RefObject<HTMLDivElement | null>,
  heights: RowHeights,
  wrap: boolean,
  follows: boolean,
): (place: number) => void {
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  const aimed = useRef<number | null>(null)
  const kept = useRef<{ readonly row: number; readonly offset: number } | null>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null || !wrap) return
    if (kept.current !== null && !follows) {
      const { row, offset } = kept.current
      const top =
        aimed.current === null ? heights.top(row) + offset : middle(heights, aimed.current, element.clientHeight)
      if (Math.abs(top - element.scrollTop) > 0.5) element.scrollTop = top
    }
    kept.current = null
    const row = heights.rowAt(element.scrollTop)
    const place = { row, offset: element.scrollTop - heights.top(row) }
    let news = false
    for (const item of element.querySelectorAll<HTMLElement>('.log-line')) {
      if (heights.set(Number(item.dataset['index']), item.offsetHeight)) news = true
    }
    if (news) {
      kept.current = place
      redraw()
    } else aimed.current = null
  })
  return (place) => {
    aimed.current = place
  }
}

/** The size of an element's inside in pixels, as it changes. */
function useSize(of: RefObject<HTMLElement | null>): { readonly width: number; readonly height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = of.current
    if (element === null) return undefined
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [of])
  return size
}
