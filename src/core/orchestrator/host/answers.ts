import type { CheckedInput } from '../../contract/contract.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { AskPort } from '../../steps/resources.ts'

type Answer = CheckedInput<'answerStep'>

/** The answers that steps wait for. */
export interface HostAnswers {
  /** What the session calls. */
  readonly port: AskPort
  readonly answer: (answer: Answer) => Result<Record<string, never>>
}

/** Lets a step wait until it is answered. */
export function hostAnswers(): HostAnswers {
  const waiting = new Map<string, (answer: Answer['answer']) => void>()
  const key = ({ runId, step }: Pick<Answer, 'runId' | 'step'>): string => `${runId}/${step}`
  return {
    port: (request, signal) =>
      new Promise((resolve) => {
        const settle = (answer: Answer['answer']): void => {
          waiting.delete(key(request))
          signal.removeEventListener('abort', no)
          resolve(answer)
        }
        const no = (): void => settle('no')
        waiting.set(key(request), settle)
        signal.addEventListener('abort', no, { once: true })
        if (signal.aborted) no()
      }),
    answer: (answer) => {
      const settle = waiting.get(key(answer))
      if (settle === undefined) return err(notWaiting)
      settle(answer.answer)
      return ok({})
    },
  }
}

const notWaiting = appError('run.not-waiting', 'This step does not wait for an answer.', 'Look at where the run is.')
