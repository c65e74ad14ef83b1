import { useEffect, useMemo, useState } from 'react'
import type { Audience, TalkPress } from '../../src/core/contract/presenting.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { TalkBegin } from '../../src/core/workflow/talk/position.ts'
import { desktop } from '../state/bridge.ts'

/** A talk as the window around this page gives it. */
export interface GivenTalk extends Audience {
  /** Whether talks can be given: only in the desktop window. */
  readonly possible: boolean
  readonly begin: (name: string, mode: TalkBegin) => void
  readonly press: (what: TalkPress) => void
  readonly showAt: (depth: Depth) => void
  readonly vote: (answer: number | null) => void
  readonly notes: () => void
}

/** Follows the talk that is given. The position is the main process's; this page only shows it. */
export function useTalk(): GivenTalk {
  const [audience, setAudience] = useState<Audience>({ view: null, name: '', problem: null })
  useEffect(() => {
    const window = desktop()
    const end = window?.onTalk(setAudience)
    void window?.send({ kind: 'talk-watch' })
    return end
  }, [])
  const ways = useMemo(
    () => ({
      possible: desktop() !== undefined,
      begin: (name: string, mode: TalkBegin) => void desktop()?.send({ kind: 'talk-begin', name, mode }),
      press: (what: TalkPress) => void desktop()?.send({ kind: 'talk-press', what }),
      showAt: (depth: Depth) => void desktop()?.send({ kind: 'talk-depth', depth }),
      vote: (answer: number | null) => void desktop()?.send({ kind: 'talk-vote', answer }),
      notes: () => void desktop()?.send({ kind: 'talk-notes' }),
    }),
    [],
  )
  return { ...ways, ...audience }
}
