import { firstUndoneBefore } from '../../src/core/workflow/plan.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'

/**
 * Whether a step can be done again, or done after the scenario left it out: its turn has come, and nothing of its run
 * is in progress.
 */
export function canRedo(run: RunState, id: StepId): boolean {
  const state = run.steps.find((step) => step.id === id)?.status.state
  const idle = run.finishedAt !== null || run.paused !== null
  const can = ['passed', 'refused', 'failed', 'cancelled', 'stale', 'skipped']
  return idle && state !== undefined && can.includes(state) && firstUndoneBefore(run, id) === null
}

/** Which step was done again after this one, or null while its result holds. */
export function staleBecause(run: RunState, id: StepId): StepId | null {
  const status = run.steps.find((step) => step.id === id)?.status
  return status?.state === 'stale' ? status.because : null
}
