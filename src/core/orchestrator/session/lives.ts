import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Death } from '../../process/services/health.ts'
import type { SessionResources } from '../../steps/resources.ts'
import { failed, type StepContext, type StepRun } from '../../steps/step.ts'
import { isNeeded } from '../../workflow/session-services.ts'
import type { StepId } from '../../workflow/steps.ts'
import type { SharedSteps } from '../run/shared-steps.ts'

type StepRuns = Readonly<Record<StepId, StepRun>>

/** A run in progress, as far as the deaths of services concern it. */
export interface FollowingRun {
  /** Called for every service that ends unexpectedly. */
  readonly onDeath: (death: Death) => void
}

/**
 * What happens when something that the session keeps running ends unexpectedly. Every run in progress is notified at
 * once; the results of the session's steps are dropped; and before the next run everything is stopped, so that it is
 * started again.
 */
export class Lives {
  readonly #session: Pick<SessionResources, 'health' | 'services' | 'running'>
  readonly #runs = new Set<FollowingRun>()
  /** Runs that were in progress at a death, and may still use what keeps running. */
  readonly #old = new Set<FollowingRun>()
  #deaths: Death[] = []
  #oldEnded: (() => void)[] = []

  constructor(session: Pick<SessionResources, 'health' | 'services' | 'running'>, shared: SharedSteps) {
    this.#session = session
    session.health.onDeath((death) => {
      this.#deaths.push(death)
      shared.expire()
      for (const run of this.#runs) {
        this.#old.add(run)
        run.onDeath(death)
      }
    })
  }

  /** Notifies a run from now on; returns how to end that. */
  follow(run: FollowingRun): () => void {
    this.#runs.add(run)
    return () => {
      this.#runs.delete(run)
      if (!this.#old.delete(run) || this.#old.size > 0) return
      for (const go of this.#oldEnded.splice(0)) go()
    }
  }

  /** Resolves when it is known whether the services that the step needs are there. */
  async settle(step: StepId): Promise<void> {
    await this.#session.health.settle((id) => isNeeded(id, [step]))
  }

  /** The steps, of which the first one cleans up after a death. */
  clearingFirst(stepRuns: StepRuns): StepRuns {
    const preflight: StepRun = async (context) => {
      const cleared = await this.#clear(context)
      return cleared.ok ? stepRuns.preflight(context) : failed(cleared.error)
    }
    return { ...stepRuns, preflight }
  }

  /**
   * After a death stops everything that is left, so that every session step can be repeated. Waits for runs that
   * began before it and continue without what died.
   */
  async #clear({ signal, report }: Pick<StepContext, 'signal' | 'report'>): Promise<Result<void>> {
    if (this.#deaths.length === 0) return ok(undefined)
    const dead = this.#deaths.map(({ id, how }) => `${id} (${how})`).join(', ')
    report({ type: 'step.noted', text: `Everything is started again, because this had ended: ${dead}.` })
    if (this.#old.size > 0) {
      report({
        type: 'step.waited',
        what: 'the end of the other run, which goes on without what had ended',
        until: null,
      })
      await this.#untilOldEnded(signal)
      report({ type: 'step.resumed' })
      if (signal.aborted) return err(notWaited(dead))
    }
    const left = await this.#session.services.empty()
    const { running } = this.#session
    for (const what of Object.keys(running)) Reflect.deleteProperty(running, what)
    this.#deaths = []
    return left.length === 0 ? ok(undefined) : err(notStopped(left))
  }

  #untilOldEnded(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#oldEnded.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

const notWaited = (dead: string): AppError =>
  appError('run.cancelled', 'The other run had not ended yet.', 'End it, then start this one again.', {
    expected: 'no run that uses what is to be started again',
    found: `a run under way; ended: ${dead}`,
  })

const notStopped = (left: readonly string[]): AppError =>
  appError(
    'run.not-stopped',
    'Not everything could be stopped, so it is not started again.',
    'Close this program, remove what is left with `npm run clean`, and start again.',
    { expected: 'nothing is left of what ran before', found: left.join('; ') },
  )
