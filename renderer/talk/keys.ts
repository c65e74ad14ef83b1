import type { TalkPress } from '../../src/core/contract/presenting.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { KeyRow } from '../dialogs/key-help.tsx'
import { keysOfVotes } from '../predict/keys.ts'

/**
 * The keys of a talk, in both windows. Clickers send Page Up, Page Down, F5 with Escape, and B or a full stop. Escape
 * takes a question back, and never cancels a run.
 */
export const talkKeys = (
  press: (what: TalkPress) => void,
  showAt: (depth: Depth) => void,
  vote: (answer: number | null) => void,
): Readonly<Record<string, () => void>> => ({
  PageDown: () => press('next'),
  ArrowRight: () => press('next'),
  PageUp: () => press('back'),
  ArrowLeft: () => press('back'),
  F5: () => press('first'),
  Escape: () => press('calm'),
  b: () => press('blank'),
  '.': () => press('blank'),
  z: () => press('zoom'),
  r: () => press('net'),
  s: () => showAt('story'),
  e: () => showAt('engineer'),
  x: () => showAt('bytes'),
  ...keysOfVotes(vote),
})

/** The same as a list, as the question mark shows it in either window. */
export const keysInTalk: readonly KeyRow[] = [
  { keys: ['→', 'Page Down'], does: 'the next stop; what changes anything outside needs a second press' },
  { keys: ['←', 'Page Up'], does: 'the stop before; takes the question back' },
  { keys: ['F5'], does: 'from the title to the first stop' },
  { keys: ['B', '.'], does: 'blank the screen, show it again' },
  { keys: ['Esc'], does: 'take the question back; it never cancels a run' },
  { keys: ['Z'], does: 'zoom to where the presenter points, and back' },
  { keys: ['S', 'E', 'X'], does: 'this stop as a story, for an engineer, or its bytes' },
  { keys: ['0', '…', '7'], does: 'a vote at a question; Backspace takes one back' },
  { keys: ['R'], does: 'the rehearsal, where it is offered, and back to live' },
  { keys: ['N'], does: 'the other window; only the presenter window shows notes' },
  { keys: ['M'], does: 'mask the audience’s window for cameras, and show again' },
  { keys: ['?'], does: 'this list' },
]
