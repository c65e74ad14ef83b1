/** A labelled range of a document's bytes, with the ranges inside it in their order. */
export interface ByteRange {
  readonly label: string
  /** The value in readable form; null where only the parts have one. */
  readonly value: string | null
  /** The first byte, and the one after the last. */
  readonly start: number
  readonly end: number
  readonly parts: readonly ByteRange[]
}

/** Data with more ranges is shown as one: a page of them would be too slow. */
export const mostRanges = 5_000

/** The path from the outermost range to the innermost one that holds this byte; empty outside. */
export function pathTo(range: ByteRange, at: number): readonly ByteRange[] {
  if (at < range.start || at >= range.end) return []
  const inner = range.parts.find(({ start, end }) => at >= start && at < end)
  return inner === undefined ? [range] : [range, ...pathTo(inner, at)]
}

/** The same ranges further to the right. */
export const movedBy = (range: ByteRange, by: number): ByteRange => ({
  ...range,
  start: range.start + by,
  end: range.end + by,
  parts: range.parts.map((part) => movedBy(part, by)),
})
