import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { ByteRange } from '../../../src/core/domain/bytes/range.ts'
import { Foreign } from '../text/foreign.tsx'
import { type TreeRow, treeMove } from './rows.ts'

interface ByteTreeProps {
  readonly label: string
  readonly rows: readonly TreeRow[]
  /** The row that has the focus, or gets it. */
  readonly current: string
  readonly lit: ByteRange | null
  readonly onCurrent: (id: string) => void
  readonly onToggle: (id: string) => void
  readonly onHover: (range: ByteRange | null) => void
}

/** The ranges of a document as a tree: one stop of the tab key, arrows inside it. */
export function ByteTree({ label, rows, current, lit, onCurrent, onToggle, onHover }: ByteTreeProps) {
  const tree = useRef<HTMLUListElement>(null)
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === current),
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row that has become current is what it waits for
  useEffect(() => {
    const place = tree.current
    const row = place?.querySelector<HTMLElement>('[data-current="true"]')
    if (!place || !row) return
    if (place.contains(document.activeElement)) row.focus({ preventScroll: true })
    row.scrollIntoView({ block: 'nearest' })
  }, [current])
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const move = treeMove(rows, at, event.key)
    if (move === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if ('toggle' in move) onToggle(move.toggle)
    else onCurrent(rows[move.to]?.id ?? current)
  }
  return (
    <ul
      className="byte-tree"
      role="tree"
      aria-label={label}
      ref={tree}
      onKeyDown={onKey}
      onPointerLeave={() => onHover(null)}
    >
      {rows.map((row, index) => {
        const { range, id, level, open } = row
        return (
          <li
            key={id}
            role="treeitem"
            className="byte-row"
            data-level={Math.min(level, 12)}
            data-current={index === at}
            data-lit={range === lit}
            aria-level={level}
            aria-selected={index === at}
            {...(range.parts.length === 0 ? {} : { 'aria-expanded': open })}
            tabIndex={index === at ? 0 : -1}
            onFocus={(event) => event.target === event.currentTarget && onCurrent(id)}
            onPointerMove={() => onHover(range)}
            onClick={() => (id === current && range.parts.length > 0 ? onToggle(id) : onCurrent(id))}
          >
            <span className="byte-fold" aria-hidden="true">
              {range.parts.length === 0 ? '' : open ? '▾' : '▸'}
            </span>
            <span className="byte-label">
              <Foreign text={range.label} />
            </span>
            {range.value === null ? null : (
              <span className="byte-value mono">
                <Foreign text={range.value} />
              </span>
            )}
            <span className="byte-range mono">
              <span className="hidden">, bytes </span>
              {range.start}–{range.end - 1}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
