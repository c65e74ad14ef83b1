import type { Redactor } from '../../process/redactor.ts'
import type { SessionResources } from '../../steps/resources.ts'
import type { StepContext, StepRun } from '../../steps/step.ts'
import type { ArtifactKind, ArtifactOf } from '../../workflow/artifacts.ts'
import type { StepReport } from '../../workflow/events.ts'
import type { PlannedStep } from '../../workflow/plan.ts'
import type { Profile } from '../../workflow/profile.ts'
import { artifactOf } from '../../workflow/reducer.ts'
import type { PersonaId, Scenario } from '../../workflow/scenarios.ts'
import { type StepId, steps } from '../../workflow/steps.ts'
import type { EventLog } from '../logs/event-log.ts'
import type { Lives } from '../session/lives.ts'
import type { SharedSteps } from './shared-steps.ts'

export interface RunOptions {
  readonly runId: string
  readonly scenario: Scenario
  readonly persona: PersonaId | null
  /** The environment of the run. */
  readonly profile: Profile
  readonly plan: readonly PlannedStep[]
  readonly folder: string
  readonly log: EventLog
  readonly redactor: Redactor
  readonly session: SessionResources
  readonly shared: SharedSteps
  readonly lives: Pick<Lives, 'follow' | 'settle'>
  readonly stepRuns: Readonly<Record<StepId, StepRun>>
}

/** What one step of a run may use. The artifacts of `undone` steps are not included. */
export function stepContext(
  { runId, scenario, folder, redactor, session, log }: RunOptions,
  now: {
    readonly id: StepId
    readonly persona: PersonaId
    readonly signal: AbortSignal
    readonly undone: Iterable<StepId>
  },
): StepContext {
  const { id, persona, signal } = now
  const outOfDate = new Set([...now.undone].flatMap((step) => steps[step].gives))
  const optional = <K extends ArtifactKind>(kind: K): ArtifactOf<K> | undefined =>
    outOfDate.has(kind) ? undefined : artifactOf(log.state, kind)
  return {
    runId,
    scenario,
    persona,
    folder,
    redactor,
    session,
    signal,
    logFile: `${folder}/${id}.log`,
    optional,
    artifact: <K extends ArtifactKind>(kind: K): ArtifactOf<K> => {
      const found = optional(kind)
      if (found === undefined) throw new Error(`Step ${id} asked for ${kind}, which the run does not have.`)
      return found
    },
    report: (report: StepReport) => log.append({ ...report, step: id }),
  }
}
