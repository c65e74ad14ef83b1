import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { CopyButton } from '../controls/copy-button.tsx'
import { Elided } from './elided.tsx'
import { Foreign } from './foreign.tsx'
import { bareValue, partsOf } from './lit-parts.ts'
import { maskedText } from './masking.ts'
import { visible } from './text.ts'
import './lit.css'

interface Lit {
  /** Without its algorithm; null when nothing is highlighted. */
  readonly value: string | null
  readonly toggle: (value: string) => void
}

const LitContext = createContext<Lit>({ value: null, toggle: () => undefined })

/** Holds the highlighted value, so that it is highlighted wherever it occurs. Escape clears it. */
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
      // What lies over the page closes first.
      if (document.querySelector(':popover-open, dialog[open]') !== null) return
      event.preventDefault()
      setValue(null)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [value])
  return <LitContext value={lit}>{children}</LitContext>
}

/** Whether this value is highlighted, and how to toggle that. */
export function useLit(value: string): { readonly isLit: boolean; readonly toggle: () => void } {
  const lit = useContext(LitContext)
  return { isLit: lit.value !== null && lit.value === bareValue(value), toggle: () => lit.toggle(value) }
}

/**
 * Text of a tool or of this program, with the highlighted value marked where it occurs. `short` shows the ends of
 * hashes only.
 */
export function LitText({ text: whole, short = false }: { text: string; short?: boolean }) {
  const { value } = useContext(LitContext)
  return <Parts text={maskedText(whole)} value={value === null ? null : maskedText(value)} short={short} />
}

function Parts({ text, value, short }: { text: string; value: string | null; short: boolean }) {
  const parts = value === null ? [{ at: 0, piece: text, lit: false }] : partsOf(text, value)
  return (
    <bdi>
      {/* Two pieces may be the same, and only their place tells them apart. */}
      {parts.map(({ at, piece, lit }) => {
        const shown = short ? <Elided key={at} text={piece} /> : visible(piece)
        return lit ? (
          <mark key={at} className="lit" data-lit="true">
            {shown}
          </mark>
        ) : (
          shown
        )
      })}
    </bdi>
  )
}

/** Says which value is highlighted and in how many places of the window; nothing when none is. */
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
      <span className="mono lit-value">
        <Foreign text={value} />
      </span>
      <CopyButton text={value} what="the lit value" />
      <span>
        in {count} {count === 1 ? 'place' : 'places'} here
      </span>
      <button type="button" className="copy" onClick={onClear}>
        let go<span className="hidden"> of the lit value</span> (Esc)
      </button>
    </p>
  )
}
