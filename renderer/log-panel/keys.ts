import type { KeyboardEvent, RefObject } from 'react'
import { letterOf } from '../app/keys.ts'
import type { LogScroll, Rows } from './scroll.ts'
import type { Selection } from './selection.ts'

interface LogHands {
  readonly box: RefObject<HTMLDivElement | null>
  readonly input: RefObject<HTMLInputElement | null>
  readonly rows: Rows
  readonly scroll: LogScroll
  readonly selection: Selection | null
  readonly onSelect: (selection: Selection | null) => void
  readonly onStep: (by: 1 | -1) => void
  readonly onCopy: () => void
  readonly onText: (text: string) => void
  readonly onClose: () => void
}

/** The keys of the log. A key that was handled does not propagate: some of them turn pages in the window. */
export function logKeys(event: KeyboardEvent<HTMLElement>, hands: LogHands): void {
  const inBox = event.target === hands.box.current
  const command = event.ctrlKey || event.metaKey
  const did = command ? withCommand(event, hands, inBox) : plain(event, hands) || (inBox && inTheBox(event, hands))
  if (did) event.preventDefault()
}

function withCommand(
  { nativeEvent }: KeyboardEvent,
  { input, rows, selection, onSelect, onCopy }: LogHands,
  inBox: boolean,
) {
  switch (letterOf(nativeEvent)) {
    case 'f':
      input.current?.focus()
      input.current?.select()
      return true
    case 'a':
      if (!inBox || rows.length === 0) return false
      onSelect({ anchor: rows.at(0), head: rows.at(rows.length - 1) })
      return true
    case 'c':
      // If text was selected with the mouse, the browser copies it.
      if (!inBox || selection === null || String(getSelection()) !== '') return false
      onCopy()
      return true
    default:
      return false
  }
}

function plain(event: KeyboardEvent, { box, input, scroll, selection, ...does }: LogHands): boolean {
  switch (event.key) {
    case 'PageUp':
      scroll.page(-1)
      return true
    case 'PageDown':
      scroll.page(1)
      return true
    case 'F3':
      does.onStep(event.shiftKey ? -1 : 1)
      return true
    case 'Escape':
      if (selection !== null) does.onSelect(null)
      else if (input.current !== null && input.current.value !== '') {
        input.current.value = ''
        does.onText('')
        box.current?.focus()
      } else does.onClose()
      return true
    default:
      return false
  }
}

function inTheBox(event: KeyboardEvent, { rows, scroll, selection, onSelect }: LogHands): boolean {
  switch (event.key) {
    case 'Home':
      scroll.toStart()
      return true
    case 'End':
      scroll.toEnd()
      return true
    case 'ArrowUp':
    case 'ArrowDown': {
      if (!event.shiftKey || rows.length === 0) return false
      const here = selection ?? { anchor: rows.at(scroll.firstSeen()), head: rows.at(scroll.firstSeen()) }
      const by = event.key === 'ArrowUp' ? -1 : 1
      const head = Math.max(0, Math.min(rows.at(rows.length - 1), here.head + by))
      onSelect(selection === null ? here : { anchor: here.anchor, head })
      return true
    }
    default:
      return false
  }
}
