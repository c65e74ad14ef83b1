import { ok, type Result } from '../../src/core/domain/result.ts'
import { shownLine } from '../kit/text/text.ts'
import { count } from './find/bar.tsx'
import type { Rows } from './scroll.ts'
import type { LogSource } from './source.ts'

/** Marked lines, by number from 0; both ends are included, in either order. */
export interface Selection {
  readonly anchor: number
  readonly head: number
}

export const isSelected = ({ anchor, head }: Selection, number: number): boolean =>
  number >= Math.min(anchor, head) && number <= Math.max(anchor, head)

/** Which lines are marked, in words. */
export function selectionWords(selection: Selection | null): string {
  if (selection === null) return ''
  const [from, to] = [Math.min(selection.anchor, selection.head) + 1, Math.max(selection.anchor, selection.head) + 1]
  const words =
    from === to
      ? `Line ${from.toLocaleString('en')}`
      : `Lines ${from.toLocaleString('en')} to ${to.toLocaleString('en')}`
  return `${words} marked`
}

/** The rows of marked lines. */
export function chosen(rows: Rows, { anchor, head }: Selection): Rows {
  const places = Array.from({ length: rows.length }, (_, place) => place)
  const numbers = places.map(rows.at).filter((number) => isSelected({ anchor, head }, number))
  return { length: numbers.length, at: (place) => numbers[place] ?? 0 }
}

/** A clipboard is no file: more than this is not copied. */
const mostLines = 20_000
const mostCharacters = 5_000_000
const atOnce = 2_000

/**
 * The lines with these ascending numbers as they are shown, as many as the clipboard limit allows, and a description of
 * that.
 */
export async function copied(
  source: LogSource,
  numbers: Rows,
): Promise<Result<{ readonly text: string; readonly words: string }>> {
  const lines: string[] = []
  let characters = 0
  for (let place = 0; place < numbers.length && lines.length < mostLines && characters < mostCharacters; ) {
    const from = numbers.at(place)
    const read = await source.read(from, atOnce)
    if (!read.ok) return read
    if (read.value.length === 0) break
    for (; place < numbers.length && lines.length < mostLines && characters < mostCharacters; place += 1) {
      const line = read.value[numbers.at(place) - from]
      if (line === undefined) break
      const shown = shownLine(line)
      characters += shown.length + 1
      lines.push(shown)
    }
  }
  const words =
    lines.length < numbers.length
      ? `Copied the first ${lines.length.toLocaleString('en')} of ${count(numbers.length)}. Save the log to have all.`
      : `Copied ${count(lines.length)}.`
  return ok({ text: `${lines.join('\n')}\n`, words })
}
