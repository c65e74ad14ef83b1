import type { StepOutcome } from '../../steps/step.ts'
import type { Artifact } from '../../workflow/artifacts.ts'
import type { StepId } from '../../workflow/steps.ts'
import { notAwaited } from './run-errors.ts'

interface Done {
  readonly at: string
  readonly artifacts: readonly Artifact[]
}

/** The artifacts of the session's own steps, so that a second run reuses them. Only success is kept. */
export class SharedSteps {
  readonly #done = new Map<StepId, Done>()
  readonly #active = new Map<StepId, Promise<StepOutcome>>()
  #epoch = 0

  /** Counts how often they were invalidated. */
  get epoch(): number {
    return this.#epoch
  }

  /** Something that a step had started is gone: every step has to be done again. */
  expire(): void {
    this.#epoch += 1
    this.#done.clear()
  }

  /** The step's artifacts from earlier in this session, or null. */
  since(id: StepId): Done | null {
    return this.#done.get(id) ?? null
  }

  /**
   * Does the step, or joins the run that is doing it right now. An abort ends the waiting at once, and leaves the step
   * to the other run.
   */
  async once(id: StepId, work: () => Promise<StepOutcome>, signal: AbortSignal): Promise<StepOutcome> {
    const active = this.#active.get(id)
    if (active !== undefined) {
      const joined = await Promise.race([active, abandoned(id, signal)])
      // The other run may have been cancelled; that does not cancel this one.
      return joined.kind === 'failed' && !signal.aborted ? this.once(id, work, signal) : joined
    }
    const epoch = this.#epoch
    const promise = work()
    this.#active.set(id, promise)
    try {
      const outcome = await promise
      if (outcome.kind === 'passed' && epoch === this.#epoch) {
        this.#done.set(id, { at: new Date().toISOString(), artifacts: outcome.artifacts })
      }
      return outcome
    } finally {
      this.#active.delete(id)
    }
  }
}

/** Resolves when the signal is aborted. */
const abandoned = (id: StepId, signal: AbortSignal): Promise<StepOutcome> =>
  new Promise((resolve) => {
    const end = (): void => resolve({ kind: 'failed', error: notAwaited(id) })
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
