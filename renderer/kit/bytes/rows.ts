import type { ByteRange } from '../../../src/core/domain/bytes/range.ts'

/** A range in the list of a tree: its place in it, and whether its parts are shown. */
export interface TreeRow {
  readonly range: ByteRange
  /** Stable in one document: the places of its ancestors and its own. */
  readonly id: string
  readonly level: number
  readonly open: boolean
}

/** The visible rows of a tree; `closed` holds the ids of those whose parts are folded away. */
export function treeRows(range: ByteRange, closed: ReadonlySet<string>, id = '0', level = 1): readonly TreeRow[] {
  const open = range.parts.length > 0 && !closed.has(id)
  const row = { range, id, level, open }
  return [row, ...(open ? range.parts.flatMap((part, at) => treeRows(part, closed, `${id}.${at}`, level + 1)) : [])]
}

/** Where a key leads in the tree (ARIA's tree pattern): another row, or one to open or close. */
export function treeMove(
  rows: readonly TreeRow[],
  at: number,
  key: string,
): { readonly to: number } | { readonly toggle: string } | undefined {
  const row = rows[at]
  if (row === undefined) return undefined
  const last = rows.length - 1
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(last, at + 1) }
    case 'ArrowUp':
      return { to: Math.max(0, at - 1) }
    case 'Home':
      return { to: 0 }
    case 'End':
      return { to: last }
    case 'ArrowRight':
      if (row.range.parts.length === 0) return undefined
      return row.open ? { to: at + 1 } : { toggle: row.id }
    case 'ArrowLeft':
      if (row.open) return { toggle: row.id }
      return {
        to: Math.max(
          0,
          rows.findLastIndex(({ id }) => row.id.startsWith(`${id}.`)),
        ),
      }
    default:
      return undefined
  }
}

/** Bytes in one line of the hex. */
export const perLine = 16

/** A piece of a line of hex that lies in the lit range, or outside it. */
export interface HexPiece {
  readonly from: number
  readonly to: number
  readonly lit: boolean
}

/** A line's bytes in up to three pieces: before, in, and after the lit range. */
export function hexPieces(from: number, to: number, lit: Pick<ByteRange, 'start' | 'end'> | null): readonly HexPiece[] {
  const [start, end] = lit === null ? [to, to] : [clamp(lit.start, from, to), clamp(lit.end, from, to)]
  return [
    { from, to: start, lit: false },
    { from: start, to: end, lit: true },
    { from: end, to, lit: false },
  ].filter((piece) => piece.to > piece.from)
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
