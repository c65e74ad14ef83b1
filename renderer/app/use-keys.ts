import { useEffect } from 'react'
import { letterOf } from './keys.ts'

const typing = 'input, textarea, select, [contenteditable="true"]'
const scrolling = '[tabindex="0"]'

/**
 * Whether a key belongs to what has the focus: letters while typing, arrows also where a box scrolls their way, and the
 * space bar, which presses, anywhere.
 */
function belongsThere({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || target === document.body) return false
  if (key === ' ') return target !== document.documentElement
  if (target.closest(typing) !== null) return true
  const box = key.startsWith('Arrow') ? target.closest(scrolling) : null
  if (box === null) return false
  return key === 'ArrowUp' || key === 'ArrowDown' || box.scrollWidth > box.clientWidth
}

/**
 * The keys of the window: by the typed letter, never with a modifier, never while a person types or a dialog is open. A
 * key that is held down is one press: what needs a second one must not get it from the keyboard's repetition.
 */
export function useKeys(does: Readonly<Record<string, (() => void) | undefined>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = letterOf(event)
      const act = Object.hasOwn(does, key) ? does[key] : undefined
      if (act === undefined || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return
      if (belongsThere(event) || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      if (!event.repeat) act()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}
