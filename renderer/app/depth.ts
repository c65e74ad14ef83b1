import { useEffect, useState } from 'react'
import { type Depth, depths } from '../../src/core/workflow/acts.ts'
import { keepChoice, keptChoice } from '../state/kept-choice.ts'
import type { Theme } from './frame/header.tsx'

const key = 'depth'

/** The chosen depth, stored for the next start. Independent of the theme. */
export function useDepth(begin?: Depth): readonly [Depth, (depth: Depth) => void] {
  const [depth, setDepth] = useState<Depth>(() => begin ?? keptChoice(key, depths) ?? 'engineer')
  return [
    depth,
    (next) => {
      keepChoice(key, next)
      setDepth(next)
    },
  ]
}

/** Lays the page out at this depth. Only an act has depths: every other page is laid out as for an engineer. */
export function useShownDepth(depth: Depth, act: boolean): Depth {
  const shown = act ? depth : 'engineer'
  useEffect(() => {
    document.documentElement.dataset['depth'] = shown
  }, [shown])
  return shown
}

/** The key of each depth. Digits stay free, for votes. */
export const keysOfDepth = (onDepth: (depth: Depth) => void): Readonly<Record<string, () => void>> => ({
  s: () => onDepth('story'),
  e: () => onDepth('engineer'),
  x: () => onDepth('bytes'),
})

/** Where the page has no room for the thread, it is hidden until a press on its button shows it. */
export const hidesThread = (theme: Theme, depth: Depth): boolean => theme === 'projector' || depth !== 'engineer'
