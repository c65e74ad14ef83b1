import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react'
import { letterOf } from '../app/keys.ts'
import { useMatches } from './use-matches.ts'
import './page-find.css'

/** A page that can be searched: Ctrl+F opens a bar under it. In the log, Ctrl+F finds in the log. */
export function Searchable({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const before = useRef<Element | null>(null)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      // What has the focus comes first: the log has a search of its own.
      if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || letterOf(event) !== 'f') return
      event.preventDefault()
      if (document.activeElement !== input.current) before.current = document.activeElement
      setOpen(true)
      input.current?.focus()
      input.current?.select()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  const close = () => {
    setOpen(false)
    if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true })
  }
  return (
    <div className="searchable" ref={place}>
      {children}
      {open ? <FindBar place={place} input={input} text={text} onText={setText} onClose={close} /> : null}
    </div>
  )
}

interface FindBarProps {
  readonly place: RefObject<HTMLDivElement | null>
  readonly input: RefObject<HTMLInputElement | null>
  readonly text: string
  readonly onText: (text: string) => void
  readonly onClose: () => void
}

function FindBar({ place, input, text, onText, onClose }: FindBarProps) {
  const { count, at, step } = useMatches(place, text)
  useEffect(() => {
    input.current?.focus()
    input.current?.select()
  }, [input])
  // The next match is one key away wherever the focus is, while the bar is open.
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'F3' || event.defaultPrevented) return
      event.preventDefault()
      step(event.shiftKey ? -1 : 1)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose()
    else if (event.key === 'Enter' && event.target === input.current) step(event.shiftKey ? -1 : 1)
    else return
    event.preventDefault()
  }
  const none = count === 0
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- keys that work anywhere in the bar
    <div className="page-find" role="search" aria-label="On this page" onKeyDown={onKeyDown}>
      <label className="page-find-box">
        <span className="quiet small">Find on this page</span>
        <input
          ref={input}
          type="search"
          maxLength={200}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      </label>
      <button
        type="button"
        className="page-find-step"
        disabled={none}
        aria-label="Previous match"
        onClick={() => step(-1)}
      >
        ↑
      </button>
      <button type="button" className="page-find-step" disabled={none} aria-label="Next match" onClick={() => step(1)}>
        ↓
      </button>
      <p className="small page-find-count" role="status">
        {text.trim() === '' ? '' : at === null ? 'Not on this page.' : `${at + 1} of ${count}`}
      </p>
      <button type="button" className="copy" onClick={onClose}>
        close<span className="hidden"> the search</span> (Esc)
      </button>
    </div>
  )
}
