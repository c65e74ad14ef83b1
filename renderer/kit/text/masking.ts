import { useSyncExternalStore } from 'react'
import { maskedLine } from '../../../src/core/domain/camera-mask/masked-line.ts'
import { createMasker, type Masker } from '../../../src/core/domain/camera-mask/masker.ts'
import { keepChoice, keptChoice } from '../../state/kept-choice.ts'

const key = 'masked'
const states = ['yes', 'no'] as const

/** One switch for the whole window: every function that shows text asks it, wherever it is called from. */
let masker: Masker = createMasker([])
let names = ''
let on: boolean | undefined
const listeners = new Set<() => void>()

// Read once, at the first text: a reload must not show for a moment what was masked.
const isOn = (): boolean => (on ??= typeof localStorage !== 'undefined' && keptChoice(key, states) === 'yes')

/** Text as it may be shown: masked while the switch is on. */
export const maskedText = (text: string): string => (isOn() ? masker.text(text) : text)

/** A line of a log in the same way, which may have colours. */
export const maskedLogLine = (line: string): string => (isOn() ? maskedLine(line, masker.text) : line)

/** Bytes as they may be shown; each value keeps its place. */
export const maskedBytes = (bytes: Uint8Array): Uint8Array => (isOn() ? masker.bytes(bytes) : bytes)

/** Masks these names of this machine as well. */
export function nameMachine(machine: string | undefined): void {
  const next = machine ?? ''
  if (next === names) return
  names = next
  // A host name, and its first label.
  masker = createMasker(next === '' ? [] : [next, next.split('.')[0] ?? ''])
}

function toggle(): void {
  on = !isOn()
  keepChoice(key, on ? 'yes' : 'no')
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether the window masks, and how to toggle that. What shows text is drawn again with the window. */
export const useMasking = (): readonly [boolean, () => void] => [useSyncExternalStore(subscribe, isOn), toggle]
