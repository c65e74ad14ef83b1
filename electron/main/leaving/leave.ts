import { type Held, unsavedWords } from './held.ts'
import type { Question } from './question.ts'

/** What closing needs to know and do. */
export interface Leaving {
  /** Whether a run is under way. */
  readonly busy: () => Promise<boolean>
  /** What the page would lose. */
  readonly held: () => Held
  /** Asks in a dialog of the window; true if the second button was pressed. */
  readonly ask: (question: Question, signal: AbortSignal) => Promise<boolean>
  /** Stops everything that was started, in order, shown in the window. */
  readonly stop: () => Promise<readonly string[]>
  /** Ends the program; what could not be stopped is named. */
  readonly exit: (left: readonly string[]) => void
}

/** The engine is in this process: it answers at once, or not at all. */
const answerMs = 2_000

/**
 * Ends the program once, however often that is requested: by the window's close button or the menu, which prompt, or by
 * a signal, which does not. No state of the engine or of a dialog keeps it from ending.
 */
export function leaving({ busy, held, ask, stop, exit }: Leaving): {
  readonly byWindow: () => Promise<void>
  readonly atOnce: () => Promise<void>
} {
  let asked: AbortController | undefined
  let stopping: Promise<void> | undefined
  const atOnce = (): Promise<void> =>
    (stopping ??= stop().then(exit, (error: unknown) => exit([error instanceof Error ? error.message : String(error)])))
  const agreed = async (signal: AbortSignal): Promise<boolean> => {
    if (stopping !== undefined) return ask(whileStopping, signal)
    // If it is unknown whether a run is under way, prompt.
    const question = questionFor(await within(answerMs, busy()).catch(() => true), held())
    return question === undefined || ask(question, signal)
  }
  return {
    atOnce,
    byWindow: async () => {
      // A second press prompts again: the first dialog may be hidden.
      asked?.abort()
      const mine = new AbortController()
      asked = mine
      // A prompt that cannot be shown counts as yes; one that was replaced has no answer.
      const yes = await agreed(mine.signal).catch(() => true)
      if (!yes || mine.signal.aborted) return
      asked = undefined
      if (stopping !== undefined) return exit(['The window was closed before everything had stopped.'])
      await atOnce()
    },
  }
}

function questionFor(running: boolean, held: Held): Question | undefined {
  const unsaved = unsavedWords(held)
  if (running) {
    const detail = 'Closing cancels it and stops everything that was started, in reverse order.'
    return {
      message: 'A run is under way.',
      detail: [detail, ...unsaved].join('\n'),
      buttons: ['Keep running', 'Stop and close'],
    }
  }
  return unsaved.length > 0
    ? {
        message: 'Close without saving?',
        detail: unsaved.join('\n'),
        buttons: ['Go on typing', 'Close without saving'],
      }
    : undefined
}

const whileStopping: Question = {
  message: 'What was started is still being stopped.',
  detail: 'Closing now may leave processes behind. The next start finds them and offers to clean up.',
  buttons: ['Wait', 'Close now'],
}

function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), ms)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
