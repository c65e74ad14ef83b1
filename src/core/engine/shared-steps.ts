import type { StepOutcome } from '../steps/step.ts'
import type { Artifact } from '../workflow/artifacts.ts'
import type { StepId } from '../workflow/steps.ts'

interface Done {
  readonly at: string
  readonly artifacts: readonly Artifact[]
}

/** What the session's own steps gave, so that a second run reuses it. Only success is remembered. */
export class SharedSteps {
  readonly #done = new Map<StepId, Done>()
  readonly #active = new Map<StepId, Promise<StepOutcome>>()

  /** What the step gave earlier in this session, or null. */
  since(id: StepId): Done | null {
    return this.#done.get(id) ?? null
  }

  /** Does the step, or joins the run that is doing it right now. */
  async once(id: StepId, work: () => Promise<StepOutcome>): Promise<StepOutcome> {
    const active = this.#active.get(id)
    if (active !== undefined) {
      const joined = await active
      // Whoever did it may have been cancelled; that is not our cancel.
      return joined.kind === 'failed' ? this.once(id, work) : joined
    }
    const promise = work()
    this.#active.set(id, promise)
    try {
      const outcome = await promise
      if (outcome.kind === 'passed') {
        this.#done.set(id, { at: new Date().toISOString(), artifacts: outcome.artifacts })
      }
      return outcome
    } finally {
      this.#active.delete(id)
    }
  }
}
