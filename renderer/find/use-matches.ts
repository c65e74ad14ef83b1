import { type RefObject, useEffect, useLayoutEffect, useState } from 'react'
import { matchesIn } from './matches.ts'

/** Changes of the page are searched again after this delay. */
const againMs = 100
const [all, one] = ['found', 'found-current'] as const

interface Matches {
  readonly count: number
  /** The match that is shown, from 0; null when there is none. */
  readonly at: number | null
  readonly step: (by: 1 | -1) => void
}

/**
 * Marks where a text occurs in a place, updates the marks while the place changes, and moves from one match to the
 * next.
 */
export function useMatches(place: RefObject<Element | null>, wanted: string): Matches {
  const [ranges, setRanges] = useState<readonly Range[]>([])
  const [current, setCurrent] = useState(0)
  useEffect(() => {
    const element = place.current
    if (element === null || wanted === '') {
      setRanges([])
      return
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = (): void => {
      timer = undefined
      setRanges(matchesIn(element, wanted))
    }
    setCurrent(0)
    look()
    const observer = new MutationObserver((changes) => {
      if (timer !== undefined || changes.every(({ target }) => isOther(target))) return
      timer = setTimeout(look, againMs)
    })
    observer.observe(element, { subtree: true, childList: true, characterData: true, attributes: true })
    return () => {
      observer.disconnect()
      clearTimeout(timer)
    }
  }, [place, wanted])
  const at = ranges.length === 0 ? null : Math.min(current, ranges.length - 1)
  useLayoutEffect(() => {
    CSS.highlights.set(all, new Highlight(...ranges))
    return () => void CSS.highlights.delete(all)
  }, [ranges])
  const range = at === null ? undefined : ranges[at]
  useLayoutEffect(() => {
    if (range === undefined) return
    const shown = new Highlight(range)
    shown.priority = 1
    CSS.highlights.set(one, shown)
    return () => void CSS.highlights.delete(one)
  }, [range])
  const show = (index: number): void => {
    setCurrent(index)
    ranges[index]?.startContainer.parentElement?.scrollIntoView({ block: 'center', inline: 'nearest' })
  }
  // A new match is scrolled into view; changes of the page scroll nothing.
  const first = ranges.length > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each text
  useEffect(() => {
    if (first) show(0)
  }, [wanted, first])
  return {
    count: ranges.length,
    at,
    step: (by) => {
      if (at !== null) show((at + by + ranges.length) % ranges.length)
    },
  }
}

/** Changes of the log and of the bar itself are no changes of the page. */
const isOther = (target: Node): boolean =>
  (target instanceof Element ? target : target.parentElement)?.closest('.log, .page-find') !== null
