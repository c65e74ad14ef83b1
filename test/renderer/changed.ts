import type { EventBody } from '../../src/core/workflow/events.ts'
import { type RunState, reduce } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'

/** A run with more events, as the engine would write them. */
const withEvents = (run: RunState, more: readonly EventBody[]): RunState =>
  more.reduce<RunState>(
    (state, event) =>
      reduce(state, { ...event, seq: state.lastSeq + 1, at: '2026-11-21T12:00:00.000Z', runId: state.runId }),
    run,
  )

/** A run that waits for a press before this step. */
export const pausedBefore = (run: RunState, before: StepId): RunState =>
  withEvents(run, [{ type: 'run.paused', before }])

/** A run in which one step was done again by itself, and these have been stale since. */
export function redone(run: RunState, step: StepId, out: readonly StepId[]): RunState {
  const { outcome, ok, denial, error } = run
  const stale = out.map((id) => ({ type: 'step.staled', step: id, because: step }) as const)
  return withEvents(run, [
    ...stale,
    { type: 'step.started', step },
    { type: 'step.passed', step },
    { type: 'run.finished', outcome: outcome ?? 'failed', ok: ok ?? false, denial, error },
  ])
}
