import { useEffect, useMemo, useRef, useState } from 'react'
import type { ByteDocument } from '../../../src/core/domain/bytes/documents.ts'
import { type ByteRange, pathTo } from '../../../src/core/domain/bytes/range.ts'
import { CopyButton } from '../controls/copy-button.tsx'
import { Foreign } from '../text/foreign.tsx'
import { maskedBytes } from '../text/masking.ts'
import { ByteTree } from './byte-tree.tsx'
import { HexLines } from './hex-lines.tsx'
import { treeRows } from './rows.ts'
import './bytes-view.css'

/** The data itself: one document at a time, its structure beside its bytes, each range lit in both. */
export function BytesView({ documents }: { documents: readonly ByteDocument[] }) {
  const [chosen, setChosen] = useState(0)
  const shown = documents[chosen] ?? documents[0]
  if (shown === undefined) return <p className="quiet">This act has produced no data yet.</p>
  return (
    <div className="bytes">
      <div className="bytes-choice" role="group" aria-label="Data of this act">
        {documents.map(({ title }, at) => (
          <button
            key={title}
            type="button"
            className="bytes-document"
            aria-pressed={shown === documents[at]}
            onClick={() => setChosen(at)}
          >
            <Foreign text={title} />
          </button>
        ))}
      </div>
      <Sheet key={`${chosen} ${shown.title}`} document={shown} />
    </div>
  )
}

function Sheet({ document: { title, says, form, bytes: whole, ranges } }: { document: ByteDocument }) {
  const bytes = maskedBytes(whole)
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [current, setCurrent] = useState('0')
  const [hovered, setHovered] = useState<ByteRange | null>(null)
  const rows = useMemo(() => treeRows(ranges, closed), [ranges, closed])
  const hex = useRef<HTMLElement>(null)
  const focused = rows.find(({ id }) => id === current)?.range ?? ranges
  const lit = hovered ?? (focused === ranges ? null : focused)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row that has become current is what it waits for
  useEffect(() => {
    if (current !== '0') hex.current?.querySelector('[data-lit-line="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [current])
  const toggle = (id: string) => {
    setClosed((was) => new Set(was.has(id) ? [...was].filter((each) => each !== id) : [...was, id]))
  }
  const innermost = (at: number) => pathTo(ranges, at).at(-1) ?? null
  const select = (at: number) => {
    setClosed(new Set())
    const range = innermost(at)
    const row = treeRows(ranges, new Set()).find((each) => each.range === range)
    if (row !== undefined) setCurrent(row.id)
  }
  return (
    <>
      <p className="bytes-says">
        <span className="bytes-form">{form}</span>
        <span>
          {bytes.length} bytes, <Foreign text={says} />
        </span>
        <CopyButton text={hexText(bytes)} what={`${title} in hex`} />
      </p>
      <div className="bytes-sheet">
        <ByteTree
          label={`Structure of the ${title}`}
          rows={rows}
          current={current}
          lit={lit}
          onCurrent={setCurrent}
          onToggle={toggle}
          onHover={setHovered}
        />
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard */}
        <section className="hex" ref={hex} tabIndex={0} aria-label={`Bytes of the ${title}`}>
          <p className="hidden">
            {lit === null ? 'Choose a range in the structure: its bytes are lit here.' : litWords(lit, bytes)}
          </p>
          <HexLines
            bytes={bytes}
            lit={lit}
            onByte={(at) => setHovered(innermost(at))}
            onPress={select}
            onLeave={() => setHovered(null)}
          />
        </section>
      </div>
      <p className="bytes-lit" role="status">
        {lit === null ? (
          <span className="quiet">Point at a range, or walk through the structure with the arrow keys.</span>
        ) : (
          <>
            <strong>
              <Foreign text={lit.label} />
            </strong>
            <span className="mono">
              bytes {lit.start} to {lit.end - 1}, {lit.end - lit.start} in all
            </span>
            <CopyButton text={hexText(bytes.subarray(lit.start, lit.end))} what={`${lit.label} in hex`} />
          </>
        )}
      </p>
    </>
  )
}

const hexText = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const litWords = (lit: ByteRange, bytes: Uint8Array): string =>
  `${lit.label}: ${hexText(bytes.subarray(lit.start, Math.min(lit.end, lit.start + 64)))}${lit.end - lit.start > 64 ? ' and more' : ''}`
