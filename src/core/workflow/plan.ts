import type { ArtifactKind } from './artifacts.ts'
import type { Profile } from './profile.ts'
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
    if (!step.profiles.includes(profile) || (step.optional === true && !scenario.adds.includes(id))) continue
    const skip = scenario.skips[id] ?? null
    plan.push({ id, skip })
    if (skip !== null) continue
    const missing = step.needs.filter((kind) => !given.has(kind))
    if (missing.length > 0) throw new Error(`Step ${id} of ${scenario.id} needs ${missing.join(', ')} too early.`)
    for (const kind of step.gives) given.add(kind)
  }
  return plan
}
