import { memo, type PointerEvent } from 'react'
import type { ByteRange } from '../../../src/core/domain/bytes/range.ts'
import { hexPieces, perLine } from './rows.ts'

/** Bytes that are drawn; more would make every page of them slow. All can be copied. */
const mostBytes = 65_536

interface HexLinesProps {
  readonly bytes: Uint8Array
  readonly lit: ByteRange | null
  readonly onByte: (at: number) => void
  readonly onPress: (at: number) => void
  readonly onLeave: () => void
}

/** All bytes in hex, with what is printable of them beside; the lit range is marked in both. */
export function HexLines({ bytes, lit, onByte, onPress, onLeave }: HexLinesProps) {
  const shown = Math.min(bytes.length, mostBytes)
  const starts = Array.from({ length: Math.ceil(shown / perLine) }, (_, line) => line * perLine)
  const on = (report: (at: number) => void) => (event: PointerEvent) => {
    const at = byteUnder(event)
    if (at !== undefined && at < bytes.length) report(at)
  }
  return (
    // Pointing is a shortcut: the tree beside it does the same by keyboard, and says the same to a screen reader.
    <div
      className="hex-lines mono"
      aria-hidden="true"
      onPointerMove={on(onByte)}
      onPointerDown={on(onPress)}
      onPointerLeave={onLeave}
    >
      {starts.map((from) => {
        const to = Math.min(bytes.length, from + perLine)
        const inside = lit !== null && lit.start < to && lit.end > from
        return (
          <HexLine
            key={from}
            bytes={bytes}
            from={from}
            start={inside ? Math.max(from, lit.start) : to}
            end={inside ? Math.min(to, lit.end) : to}
          />
        )
      })}
      {shown < bytes.length ? <p className="quiet">The first {shown} bytes. Copy to have all.</p> : null}
    </div>
  )
}

interface HexLineProps {
  readonly bytes: Uint8Array
  readonly from: number
  /** The lit bytes of this line; none where both are its end. */
  readonly start: number
  readonly end: number
}

/** One line is drawn again only when its own lit bytes change. */
const HexLine = memo(function HexLine({ bytes, from, start, end }: HexLineProps) {
  const to = Math.min(bytes.length, from + perLine)
  const pieces = hexPieces(from, to, { start, end })
  return (
    <div className="hex-line" data-lit-line={end > start}>
      <span className="hex-offset">{from.toString(16).padStart(4, '0')}</span>
      <span className="hex-bytes" data-from={from}>
        {pieces.map((piece) => (
          <Piece key={piece.from} lit={piece.lit} text={hexOf(bytes, piece.from, piece.to)} />
        ))}
      </span>
      <span className="hex-text" data-from={from}>
        {pieces.map((piece) => (
          <Piece key={piece.from} lit={piece.lit} text={printable(bytes, piece.from, piece.to)} />
        ))}
      </span>
    </div>
  )
})

const Piece = ({ lit, text }: { lit: boolean; text: string }) => (lit ? <mark>{text}</mark> : <span>{text}</span>)

/** `0a ff `: three characters a byte, so that a place in the text is a byte. */
const hexOf = (bytes: Uint8Array, from: number, to: number): string =>
  [...bytes.subarray(from, to)].map((byte) => `${byte.toString(16).padStart(2, '0')} `).join('')

const printable = (bytes: Uint8Array, from: number, to: number): string =>
  [...bytes.subarray(from, to)].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')

/** Which byte lies under the pointer: a line's text has a fixed width, so its place says it. */
function byteUnder({ target, clientX }: PointerEvent): number | undefined {
  const place = target instanceof Element ? target.closest<HTMLElement>('[data-from]') : null
  if (place === null) return undefined
  const { left, width } = place.getBoundingClientRect()
  const within = Math.floor(((clientX - left) / width) * perLine)
  return Number(place.dataset['from']) + Math.min(perLine - 1, Math.max(0, within))
}
