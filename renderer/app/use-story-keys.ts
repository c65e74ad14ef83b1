import { useEffect } from 'react'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ActId } from '../state/acts.ts'
import { following } from '../state/next-move.ts'

/** Page up and page down turn the pages, as clickers do; they never start anything. */
export function useStoryKeys(run: RunState | null, actId: ActId | null, show: (act: ActId) => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (run === null || actId === null || event.defaultPrevented) return
      const by = event.key === 'PageDown' ? 1 : event.key === 'PageUp' ? -1 : null
      const target = by === null ? null : following(run, actId, by)
      if (target === null) return
      event.preventDefault()
      show(target.id)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}
