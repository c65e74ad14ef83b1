import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appError } from '../../../src/core/domain/app-error.ts'
import { EventLog } from '../../../src/core/orchestrator/logs/event-log.ts'
import { Run } from '../../../src/core/orchestrator/run/run.ts'
import { SharedSteps } from '../../../src/core/orchestrator/run/shared-steps.ts'
import type { Lives } from '../../../src/core/orchestrator/session/lives.ts'
import { Redactor } from '../../../src/core/process/redactor.ts'
import type { SessionResources } from '../../../src/core/steps/resources.ts'
import { failed, passed, type StepOutcome, type StepRun } from '../../../src/core/steps/step.ts'
import type { AttestationArtifact, Denial } from '../../../src/core/workflow/artifacts.ts'
import type { RunEvent } from '../../../src/core/workflow/events.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { type Profile, sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { type ScenarioId, scenarios } from '../../../src/core/workflow/scenarios.ts'
import { type StepId, stepIds, steps } from '../../../src/core/workflow/steps.ts'

const noSession = {} as SessionResources
export const denial: Denial = { gate: 'signature', expected: 'a signature', found: 'none', remedy: 'sign it' }
export const attestation = (ending: { svid?: boolean; denial?: Denial }): AttestationArtifact => ({
  kind: 'attestation',
  svid: ending.svid
    ? {
        spiffeId: 'spiffe://demo.test/hello',
        notBefore: '',
        notAfter: '',
        serial: '',
        chainPem: [],
        bundlePem: [],
        checks: [],
      }
    : null,
  denial: ending.denial ?? null,
  ...({} as Omit<AttestationArtifact, 'kind' | 'svid' | 'denial'>),
})

/** Steps that pass and produce what the table says, except if the test says otherwise. */
export function scripted(overrides: Partial<Record<StepId, StepRun>> = {}): Record<StepId, StepRun> {
  const pass =
    (id: StepId): StepRun =>
    () => {
      const artifacts = steps[id].gives.map((kind) =>
        kind === 'attestation' ? attestation({ svid: true }) : ({ kind } as never),
      )
      return Promise.resolve(passed(...artifacts))
    }
  return Object.fromEntries(stepIds.map((id) => [id, overrides[id] ?? pass(id)])) as Record<StepId, StepRun>
}

export function newRun(
  overrides: Partial<Record<StepId, StepRun>> = {},
  scenario: ScenarioId = 'signed',
  shared = new SharedSteps(),
  profile = sandboxProfile,
) {
  return runIn(mkdtempSync(join(tmpdir(), 'run-')), { overrides, scenario, shared, profile })
}

/** The same on a folder that may hold the log of an earlier session. */
export function runIn(
  folder: string,
  options: {
    readonly overrides?: Partial<Record<StepId, StepRun>>
    readonly scenario?: ScenarioId
    readonly shared?: SharedSteps
    readonly earlier?: readonly RunEvent[]
    readonly profile?: Profile
    readonly lives?: Pick<Lives, 'follow' | 'settle'>
    /** The path of its log; a file of its own without it. */
    readonly file?: string
  } = {},
) {
  const { overrides = {}, scenario = 'signed', shared = new SharedSteps(), profile = sandboxProfile } = options
  // A device is there already, as the log of an earlier run is.
  const earlier = options.earlier ?? (options.file === undefined ? undefined : [])
  const redactor = new Redactor()
  const log = new EventLog('r1', options.file ?? join(folder, 'events.jsonl'), redactor, earlier)
  const plan = planFor(scenarios[scenario], profile)
  const run = new Run({
    runId: 'r1',
    scenario: scenarios[scenario],
    persona: null,
    profile,
    plan,
    folder,
    log,
    redactor,
    session: noSession,
    shared,
    lives: options.lives ?? { follow: () => () => undefined, settle: () => Promise.resolve() },
    stepRuns: scripted(overrides),
  })
  return { run, redactor }
}
export const states = (run: Run) => Object.fromEntries(run.log.state.steps.map((step) => [step.id, step.status.state]))
export const untilAborted = (signal: AbortSignal): Promise<StepOutcome> =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(failed(appError('run.cancelled', 'stopped', 'again')))),
  )
