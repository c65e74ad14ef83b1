import { type Held, unsavedWords } from './held.ts'
import type { Question } from './question.ts'

/** What reloading needs to know and do. */
export interface Reloading {
  readonly held: () => Held
  readonly ask: (question: Question) => Promise<boolean>
  readonly reload: () => void
}

/** Reloads the page; asks first where something would be lost. What runs goes on in either case. */
export function reloading({ held, ask, reload }: Reloading): () => Promise<void> {
  let asking = false
  return async () => {
    if (asking) return
    const holds = held()
    const lost = [...unsavedWords(holds), ...(holds.recording ? ['The recording that is open will be closed.'] : [])]
    if (lost.length === 0) return reload()
    asking = true
    try {
      const question: Question = {
        message: 'Reload the window?',
        detail: lost.join('\n'),
        buttons: ['Do not reload', 'Reload'],
      }
      if (await ask(question)) reload()
    } finally {
      asking = false
    }
  }
}
