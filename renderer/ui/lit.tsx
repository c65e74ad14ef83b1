import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { bareValue, partsOf } from './lit-parts.ts'
import { shorten, visible } from './text.ts'
import './lit.css'

interface Lit {
  /** Without its algorithm; null when nothing is lit. */
  readonly value: string | null
  readonly toggle: (value: string) => void
}

const LitContext = createContext<Lit>({ value: null, toggle: () => undefined })

/** Remembers which value is lit up, so that it lights up wherever it occurs. Escape lets it go. */
export function LitValues({ children }: { children: ReactNode }) {
  const [value, setValue] = useState<string | null>(null)
  const lit = useMemo<Lit>(
    () => ({
      value,
      toggle: (next) => setValue((current) => (current === bareValue(next) ? null : bareValue(next))),
    }),
    [value],
  )
  useEffect(() => {
    if (value === null) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      // What lies over the page goes first.
      if (document.querySelector(':popover-open, dialog[open]') === null) setValue(null)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [value])
  return <LitContext value={lit}>{children}</LitContext>
}

/** Whether this value is lit, and how to light it or let it go. */
export function useLit(value: string): { readonly isLit: boolean; readonly toggle: () => void } {
  const lit = useContext(LitContext)
  return { isLit: lit.value !== null && lit.value === bareValue(value), toggle: () => lit.toggle(value) }
}

/** Text of a tool or of this program, with the lit value marked where it occurs in it. `draw` shortens the pieces. */
export function LitText({ text, draw = (piece) => piece }: { text: string; draw?: (piece: string) => string }) {
  const { value } = useContext(LitContext)
  if (value === null) return visible(draw(text))
  // Two pieces may be the same, and only their place tells them apart.
  return partsOf(text, value).map(({ at, piece, lit }) =>
    lit ? (
      <mark key={at} className="lit" data-lit="true">
        {visible(draw(piece))}
      </mark>
    ) : (
      visible(draw(piece))
    ),
  )
}

/** Says which value is lit and in how many places of the window; nothing when none is. */
export function LitBar() {
  const { value, toggle } = useContext(LitContext)
  return (
    <div className="lit-place" aria-live="polite">
      {value === null ? null : <LitCount key={value} value={value} onClear={() => toggle(value)} />}
    </div>
  )
}

function LitCount({ value, onClear }: { value: string; onClear: () => void }) {
  const [count, setCount] = useState(0)
  const bar = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    const place = bar.current?.closest('.window')
    if (place === null || place === undefined) return
    const look = () => setCount(place.querySelectorAll('[data-lit="true"]').length)
    look()
    const observer = new MutationObserver(look)
    observer.observe(place, { subtree: true, childList: true, attributeFilter: ['data-lit'] })
    return () => observer.disconnect()
  }, [])
  return (
    <p className="lit-bar" ref={bar}>
      <span className="mono lit-value">{visible(shorten(value, 12))}</span>
      <span>
        in {count} {count === 1 ? 'place' : 'places'} here
      </span>
      <button type="button" className="copy" onClick={onClear}>
        let go<span className="hidden"> of the lit value</span> (Esc)
      </button>
    </p>
  )
}
