import type { CheckedInput } from '../../contract/contract.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { buildSystemSigns } from '../../sandbox/build-token.ts'
import { loginAs } from '../../sandbox/login-client.ts'
import type { LoginPort } from '../../steps/resources.ts'

type Answer = CheckedInput<'answerLogin'>

/** The logins that runs wait for. */
export interface HostLogins {
  /** What the session calls. Ends with the window's result, or with the answer that came instead. */
  readonly port: LoginPort
  /** Answers the login of a run as a persona; the window of that login closes. */
  readonly answer: (answer: Answer) => Promise<Result<Record<string, never>>>
}

/** Shows each login with `show`, if there is a window for it, and accepts an answer instead at any moment. */
export function hostLogins(show: LoginPort | undefined): HostLogins {
  const waiting = new Map<string, (answer: Answer) => Promise<Result<void>>>()
  return {
    port: async (request, signal) => {
      if (signal.aborted) return ok(undefined)
      const answered = new AbortController()
      const over = firstSignal(signal, answered.signal)
      try {
        return await new Promise<Result<void>>((resolve, reject) => {
          waiting.set(request.runId, async ({ persona, decision }) => {
            waiting.delete(request.runId)
            answered.abort()
            if (persona === 'ci' && decision === 'allow') {
              resolve(err(buildSystemSigns))
              return ok(undefined)
            }
            const went = await loginAs({ ...request, persona, decision, signal })
            resolve(went)
            return went
          })
          signal.addEventListener('abort', () => resolve(ok(undefined)), { once: true })
          // A window that closes because of an answer reports nothing.
          show?.(request, over).then((shown) => {
            if (!answered.signal.aborted) resolve(shown)
          }, reject)
        })
      } finally {
        waiting.delete(request.runId)
        answered.abort()
      }
    },
    answer: async (answer) => {
      const go = waiting.get(answer.runId)
      if (go === undefined) return err(notWaiting)
      const went = await go(answer)
      return went.ok ? ok({}) : went
    },
  }
}

const notWaiting = appError(
  'login.not-waiting',
  'This run does not wait for a login.',
  'Answer while the step "Sign the digest" waits, in the sandbox.',
)
