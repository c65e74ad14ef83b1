import { type ActId, pageSteps } from '../../src/core/workflow/acts.ts'
import type { RunState, StepState, StepView } from '../../src/core/workflow/reducer.ts'
import { artifactOf } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'

export { type ActId, stepOfAct } from '../../src/core/workflow/acts.ts'

export interface Act {
  readonly id: ActId
  readonly step: StepId
}

const pagesOf = (step: StepId): readonly ActId[] =>
  (['certificate', 'log-entry', 'identity'] as const).filter((page) => pageSteps[page] === step)

/** The acts of a run in their order. */
export const actsOf = (run: RunState): readonly Act[] => [
  // The map belongs to the whole run; it is listed with the first step, where the thread begins.
  { id: 'map', step: 'preflight' },
  ...run.steps.flatMap(({ id }) => [id, ...pagesOf(id)].map((act) => ({ id: act, step: id }))),
]

/** The step behind an act. Throws (a bug) when the run has no such step. */
export function stepOf(run: RunState, act: Act): StepView {
  const step = run.steps.find(({ id }) => id === act.step)
  if (step === undefined) throw new Error(`Run ${run.runId} has no step ${act.step}.`)
  return step
}

/** How an act stands, in the word that the rail and the screen reader say. */
export const stateWords: Readonly<Record<StepState['state'], string>> = {
  blocked: 'not reached',
  ready: 'not started',
  running: 'running',
  waiting: 'waiting for a person',
  cancelling: 'stopping',
  passed: 'passed',
  refused: 'refused',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  reused: 'reused',
  stale: 'stale',
}

/** The act to show while the run proceeds by itself: its current one, or its last. */
export function currentAct(run: RunState): ActId {
  const active = run.steps.find(({ status }) => ['running', 'waiting', 'cancelling'].includes(status.state))
  if (active !== undefined) return active.id
  const ended = run.steps.filter(({ status }) => ['passed', 'refused', 'failed', 'cancelled'].includes(status.state))
  return ended.at(-1)?.id ?? run.steps[0]?.id ?? 'preflight'
}

/** Whether there is something to show: its step was reached, and the page's subject exists. */
export function isReached(run: RunState, act: Act): boolean {
  if (act.id === 'map') return true
  const { state } = stepOf(run, act).status
  return state !== 'blocked' && state !== 'ready' && (act.id === act.step || hasPage(run, act.id))
}

/** Whether the run has the page's subject. A step needs nothing: it can show what it waits for. */
export const hasPage = (run: RunState, act: ActId): boolean => {
  if (act === 'certificate' || act === 'log-entry') return artifactOf(run, 'signature') !== undefined
  if (act === 'identity') return artifactOf(run, 'attestation') !== undefined
  return true
}
