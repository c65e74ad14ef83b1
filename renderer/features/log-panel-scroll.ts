import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** The rows that are drawn, each a line of the log. */
export interface Rows {
  readonly length: number
  /** The number of the line in a row, both from 0. */
  readonly at: (place: number) => number
}

export interface LogScroll {
  readonly virtualizer: Virtualizer<HTMLDivElement, HTMLLIElement>
  readonly follows: boolean
  readonly toStart: () => void
  readonly toEnd: () => void
  /** Shows a row in the middle of the box; it does not follow then. */
  readonly show: (place: number) => void
  /** Scrolls by so many boxes. */
  readonly page: (by: number) => void
  /** The first row in sight. */
  readonly firstSeen: () => number
  readonly onScroll: () => void
  /** Somebody turns the wheel by so much. */
  readonly onWheel: (by: number) => void
}

/** Draws what is in sight of the rows, and follows their end until somebody scrolls up. */
export function useLogScroll(
  box: RefObject<HTMLDivElement | null>,
  probe: RefObject<HTMLDivElement | null>,
  rows: Rows,
  wrap: boolean,
): LogScroll {
  const lineHeight = useHeight(probe)
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    getItemKey: rows.at,
    overscan: 10,
  })
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, lineHeight, wrap])
  const [follows, setFollows] = useState(true)
  const lastTop = useRef(0)
  const size = virtualizer.getTotalSize()
  const height = virtualizer.scrollRect?.height
  useLayoutEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = size
  }, [box, follows, size, height])

  const onScroll = useCallback(() => {
    const element = box.current
    if (element === null) return
    const { scrollTop, scrollHeight, clientHeight } = element
    // What is added below moves nothing up: only somebody who scrolls does.
    if (scrollHeight - scrollTop - clientHeight < lineHeight * 1.5) setFollows(true)
    else if (scrollTop < lastTop.current - 1) setFollows(false)
    lastTop.current = scrollTop
  }, [box, lineHeight])
  return {
    virtualizer,
    follows,
    onScroll,
    onWheel: (by) => {
      // Before the next lines scroll down again what the wheel has scrolled up.
      if (by < 0 && (box.current?.scrollTop ?? 0) > 0) setFollows(false)
    },
    toStart: () => {
      setFollows(false)
      box.current?.scrollTo(0, 0)
    },
    toEnd: () => {
      setFollows(true)
      box.current?.scrollTo(0, size)
    },
    show: (place) => {
      setFollows(false)
      virtualizer.scrollToIndex(place, { align: 'center' })
    },
    page: (by) => {
      const element = box.current
      if (element === null) return
      if (by < 0) setFollows(false)
      element.scrollTop += by * Math.max(lineHeight, element.clientHeight - lineHeight)
    },
    firstSeen: () => Math.floor((box.current?.scrollTop ?? 0) / Math.max(1, size / Math.max(1, rows.length))),
  }
}

/** The height of a line without a break, in pixels: it follows the size of letters. */
function useHeight(probe: RefObject<HTMLDivElement | null>): number {
  const [height, setHeight] = useState(20)
  useEffect(() => {
    const element = probe.current
    if (element === null) return undefined
    const observer = new ResizeObserver(() => setHeight(element.offsetHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [probe])
  return height
}
