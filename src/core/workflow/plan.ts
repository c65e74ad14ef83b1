import type { ArtifactKind } from './artifacts.ts'
import type { Profile } from './profile.ts'
import { isSkipped, type RunState, type StepState } from './reducer.ts'
import type { Scenario } from './scenarios.ts'
import { type StepId, stepIds, steps } from './steps.ts'

/** A step of one run; `skip` holds the reason when this scenario leaves it out. */
export interface PlannedStep {
  readonly id: StepId
  readonly skip: string | null
}

/** The steps of a scenario in their order. Throws (a bug in the table) when a step needs what no earlier step gives. */
export function planFor(scenario: Scenario, profile: Profile): readonly PlannedStep[] {
  const given = new Set<ArtifactKind>()
  const plan: PlannedStep[] = []
  for (const id of stepIds) {
    const step = steps[id]
    if (step.only?.(profile) === false || (step.optional === true && !scenario.adds.includes(id))) continue
    const skip = scenario.skips[id] ?? null
    plan.push({ id, skip })
    if (skip !== null) continue
    const missing = step.needs.filter((kind) => !given.has(kind))
    if (missing.length > 0) throw new Error(`Step ${id} of ${scenario.id} needs ${missing.join(', ')} too early.`)
    for (const kind of step.gives) given.add(kind)
  }
  return plan
}

/**
 * The plan of a run in which a step (or none) is requested: one that the scenario leaves out is done after all, with
 * everything after it, and what was done after all before stays in the plan.
 */
export const planAfter = (
  plan: readonly PlannedStep[],
  state: RunState,
  asked: StepId | null,
): readonly PlannedStep[] => {
  const from = plan.findIndex(({ id, skip }) => id === asked && skip !== null)
  return plan.map(({ id, skip }, at) => ({
    id,
    skip: (from !== -1 && at >= from) || !isSkipped(state, id) ? null : skip,
  }))
}

const done: readonly StepState['state'][] = ['passed', 'refused', 'reused', 'skipped']

/**
 * The first step before this one that has to be done before it can be, or null. What a scenario leaves out is needed
 * only by what it leaves out as well.
 */
export function firstUndoneBefore(state: RunState, step: StepId): StepId | null {
  const enough = isSkipped(state, step) ? done.filter((each) => each !== 'skipped') : done
  const at = state.steps.findIndex(({ id }) => id === step)
  return state.steps.slice(0, at).find(({ status }) => !enough.includes(status.state))?.id ?? null
}

/**
 * The steps whose result is out of date when a step is done again: the later ones of the run that have a result. What
 * the session started keeps running, and does not become stale.
 */
export const staledBy = (state: RunState, step: StepId): readonly StepId[] =>
  state.steps
    .slice(state.steps.findIndex(({ id }) => id === step) + 1)
    .filter(({ id, status }) => steps[id].scope === 'run' && ['passed', 'refused', 'failed'].includes(status.state))
    .map(({ id }) => id)

/** The engine forgets an image between two sessions unless the registry has it; SPIRE forgets every entry. */
const repeatedSteps: readonly StepId[] = ['impersonate', 'register', 'attest']

/**
 * What an interrupted run still has to do in a new session, in order: the session's own steps, everything from the
 * first step without a result, and what only SPIRE's fresh data make valid again.
 */
export function planToResume(plan: readonly PlannedStep[], state: RunState): readonly PlannedStep[] {
  const own = state.steps.filter(({ id }) => steps[id].scope === 'run')
  return planAfterLoss(plan, own.find(({ status }) => !done.includes(status.state))?.id ?? 'attest')
}

/** What has to be done, in order, to do a step when everything that the session had started is gone. */
export function planAfterLoss(plan: readonly PlannedStep[], first: StepId): readonly PlannedStep[] {
  const place = (step: StepId) => plan.findIndex(({ id }) => id === step)
  const wanted = place(first)
  // Until it is pushed, only the engine has the image.
  const from = wanted <= place('push') ? Math.min(wanted, place('build')) : wanted
  return plan.filter(({ id }, at) => at >= from || steps[id].scope === 'session' || repeatedSteps.includes(id))
}
