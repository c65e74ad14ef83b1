import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeOurs } from '../containers/labels.ts'
import { ok, type Result } from '../domain/result.ts'
import { type Folders, places } from '../machine/folders.ts'
import { takeSessionLock } from '../machine/session-lock.ts'
import { Redactor } from '../process/redactor.ts'
import { serviceGroup } from '../process/service-group.ts'
import { serviceHealth } from '../process/service-health.ts'
import type { ProfileSettings } from '../profiles/read-profile.ts'
import { toldProfile } from '../profiles/told-profile.ts'
import { stepRuns as storySteps } from '../steps/registry.ts'
import type { AskPort, LoginPort, OwnPrograms, SessionResources } from '../steps/resources.ts'
import type { StepRun } from '../steps/step.ts'
import type { ToolPaths } from '../tools/tool.ts'
import { planFor } from '../workflow/plan.ts'
import { type PersonaId, type Scenario, type ScenarioId, scenarios } from '../workflow/scenarios.ts'
import type { StepId } from '../workflow/steps.ts'
import { EventLog } from './event-log.ts'
import { endEarlierSession } from './leftovers.ts'
import { Run } from './run.ts'
import { SharedSteps } from './shared-steps.ts'
import { eventsFile, type StoredRun } from './unfinished-runs.ts'

export interface SessionOptions {
  readonly folders: Folders
  readonly tools: ToolPaths
  readonly programs: OwnPrograms
  readonly login: LoginPort
  readonly ask: AskPort
  /** With which services stories are told. */
  readonly profile: ProfileSettings
  /** What each step does; the story's own steps when absent. */
  readonly stepRuns?: Readonly<Record<StepId, StepRun>>
}

/** The one session of this machine: owns engine, sandbox and SPIRE, and tells any number of runs. */
export interface Session {
  readonly resources: SessionResources
  /** A new run with its own folder and log. It does nothing until it is started. */
  readonly newRun: (scenario: ScenarioId, persona: PersonaId | null) => Run
  /** A run that was cut short, with everything that its log tells. It does nothing until it is resumed. */
  readonly oldRun: (runId: string, stored: StoredRun) => Run
  /** Stops everything that was started, the newest first. May be called more than once. */
  readonly close: () => Promise<void>
}

/** Runs that are kept for reading; older ones go when a session opens. */
const keptRuns = 50

/** Takes the machine's session lock, ends what a crashed session left, and answers the new session. */
export async function openSession(options: SessionOptions): Promise<Result<Session>> {
  const { folders, stepRuns = storySteps } = options
  const where = places(folders)
  for (const folder of [folders.state, folders.cache, folders.runtime, where.runs, where.logs, where.cosignHome]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  const lock = takeSessionLock(folders.runtime, folders.state)
  if (!lock.ok) return lock
  const leftovers = await endEarlierSession(folders, lock.value.crashed)
  await forgetOldRuns(where.runs)

  const redactor = new Redactor()
  const profile = toldProfile(options.profile)
  const services = serviceGroup()
  const health = serviceHealth()
  const shared = new SharedSteps()
  const resources: SessionResources = { ...options, places: where, redactor, services, health, leftovers, running: {} }
  const runOf = (runId: string, scenario: Scenario, persona: PersonaId | null, log: EventLog): Run => {
    const plan = planFor(scenario, profile)
    const folder = join(where.runs, runId)
    return new Run({
      runId,
      scenario,
      persona,
      profile,
      plan,
      folder,
      log,
      redactor,
      session: resources,
      shared,
      stepRuns,
    })
  }
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    // Who is being stopped falls silent first: that is no news.
    health.close()
    // Containers before the engine, and the engine only after those who talk to it.
    if (resources.running.engine !== undefined) await removeOurs(resources.running.engine)
    await services.stop()
    lock.value.release()
  }
  return ok({
    resources,
    close: () => (closing ??= close()),
    newRun: (id, persona) => {
      const runId = newRunId(id)
      const log = new EventLog(runId, eventsFile(where.runs, runId), redactor)
      return runOf(runId, scenarios[id], persona, log)
    },
    oldRun: (runId, { events, state }) =>
      runOf(
        runId,
        scenarios[state.scenario],
        null,
        new EventLog(runId, eventsFile(where.runs, runId), redactor, events),
      ),
  })
}

/** Sorts by time, reads well, and is a valid image tag. */
const newRunId = (id: ScenarioId): string => {
  const time = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15).toLowerCase()
  return `${time}-${id}-${randomBytes(3).toString('hex')}`
}

async function forgetOldRuns(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort().slice(0, -keptRuns)
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true })
}
