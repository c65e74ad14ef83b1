import { useEffect, useRef, useState } from 'react'
import type { LogScroll, Rows } from '../scroll.ts'
import { type Found, firstFrom } from './find.ts'

interface Stand {
  /** The shown line among the matches, by number from 0. */
  readonly line: number | null
  /** The last step wrapped around the end of the log, or its beginning. */
  readonly wrapped: boolean
}

const nowhere: Stand = { line: null, wrapped: false }

/** Moves from one matching line to the next or the previous, wrapping around the ends. */
export function useFindSteps(found: Found, rows: Rows, scroll: LogScroll) {
  const [{ line, wrapped }, setStand] = useState(nowhere)
  const shownFor = useRef('')
  const { lines, text, complete } = found
  const place = line === null ? -1 : firstFrom(lines, line)
  const at = line !== null && lines[place] === line ? place : null

  const goTo = (place: number, wrapped: boolean): void => {
    const number = lines[place]
    if (number === undefined) return
    setStand({ line: number, wrapped })
    const row = rows.at(place) === number ? place : number - rows.at(0)
    if (row >= 0 && row < rows.length) scroll.show(row)
  }
  const step = (by: 1 | -1): void => {
    if (lines.length === 0) return
    const first = firstFrom(lines, rows.at(scroll.firstSeen()))
    const next = at === null ? (by === 1 ? first : first - 1) : at + by
    const round = next < 0 || next >= lines.length
    goTo(round ? (next < 0 ? lines.length - 1 : 0) : next, round)
  }
  // After a new search, the first match from here on down is shown once.
  useEffect(() => {
    if (!complete || text === '' || shownFor.current === text || lines.length === 0) return
    shownFor.current = text
    const first = firstFrom(lines, rows.at(scroll.firstSeen()))
    goTo(first < lines.length ? first : 0, false)
  })
  return {
    at,
    current: line,
    wrapped,
    step,
    forget: () => {
      shownFor.current = ''
      setStand(nowhere)
    },
  }
}
