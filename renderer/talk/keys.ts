import type { TalkPress } from '../../src/core/contract/presenting.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
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
