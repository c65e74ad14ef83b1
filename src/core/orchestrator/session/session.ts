import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Engine } from '../../containers/engine/engine.ts'
import { removeOurs } from '../../containers/labels.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError, isFileError } from '../../files/file-error.ts'
import { checkStatePath, checkTemporaryDirectory } from '../../machine/environment.ts'
import { type Folders, places } from '../../machine/folders.ts'
import { checkOwnFolders, stateUnwritable } from '../../machine/own-folders.ts'
import { takeSessionLock } from '../../machine/session-lock.ts'
import { proxySecrets } from '../../network/proxy.ts'
import { Redactor } from '../../process/redactor.ts'
import { attempt, serviceGroup } from '../../process/services/group.ts'
import { serviceHealth } from '../../process/services/health.ts'
import { profileSummary } from '../../profiles/profile-summary.ts'
import type { ProfileSettings } from '../../profiles/read-profile.ts'
import type { AskPort, LoginPort, OwnPrograms, SessionResources } from '../../steps/resources.ts'
import type { StepRun } from '../../steps/step.ts'
import { stepRuns as storySteps } from '../../steps/table.ts'
import type { ToolPaths } from '../../tools/tool.ts'
import { planFor } from '../../workflow/plan.ts'
import { type PersonaId, type Scenario, type ScenarioId, scenarios } from '../../workflow/scenarios.ts'
import type { StepId } from '../../workflow/steps.ts'
import { EventLog } from '../logs/event-log.ts'
import { Run } from '../run/run.ts'
import { SharedSteps } from '../run/shared-steps.ts'
import { eventsFile, type StoredRun, unfinishedRuns } from '../run/unfinished-runs.ts'
import { endEarlierSession } from './leftovers.ts'
import { Lives } from './lives.ts'

export interface SessionOptions {
  readonly folders: Folders
  readonly tools: ToolPaths
  readonly programs: OwnPrograms
  readonly login: LoginPort
  readonly ask: AskPort
  /** The environment of the stories. */
  readonly profile: ProfileSettings
  /** The implementation of each step; the story's own steps when absent. */
  readonly stepRuns?: Readonly<Record<StepId, StepRun>>
  /** The steps of each run; the whole story when absent. */
  readonly only?: readonly StepId[]
}

/** The one session of this machine: owns engine, sandbox and SPIRE, and runs any number of stories. */
export interface Session {
  readonly resources: SessionResources
  /** A new run with its own folder and log. It does nothing until it is started. */
  readonly newRun: (scenario: ScenarioId, persona: PersonaId | null) => Run
  /** An interrupted run, restored from its log. It does nothing until it is resumed. */
  readonly oldRun: (runId: string, stored: StoredRun) => Run
  /**
   * Stops everything that was started, the newest first, whatever fails on the way, and releases the lock. Returns what
   * could not be stopped, with the reason. Never rejects; may be called more than once.
   */
  readonly close: () => Promise<readonly string[]>
}

/** Runs that are kept for reading; older ones are removed when a session opens. */
const keptRuns = 50

/** Takes the machine's session lock, ends what a crashed session left, and returns the new session. */
export async function openSession(options: SessionOptions): Promise<Result<Session>> {
  const { folders, stepRuns = storySteps } = options
  const temporary = checkTemporaryDirectory()
  if (!temporary.ok) return temporary
  const readable = checkStatePath(folders.state)
  if (!readable.ok) return readable
  // It is in the PATH of cosign, whose xdg-open has to be ours.
  if (options.programs.openerDir.includes(delimiter)) return err(colonInPath(options.programs.openerDir))
  const own = checkOwnFolders(folders, { make: true })
  if (!own.ok) return own
  const where = places(folders)
  try {
    for (const folder of [where.runs, where.logs, where.cosignHome]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
  } catch (error) {
    if (!isFileError(error)) throw error
    return err(stateUnwritable(folders.state, error))
  }
  const lock = await takeSessionLock(folders.runtime, folders.state)
  if (!lock.ok) return lock
  let leftovers: readonly string[]
  try {
    leftovers = await endEarlierSession(folders, lock.value)
    await forgetOldRuns(where.runs)
  } catch (error) {
    // A session that fails to open keeps no lock.
    lock.value.release()
    if (!isFileError(error)) throw error
    return err(leftoversStay(folders, error))
  }

  const redactor = new Redactor()
  // Every child has the proxy variables, and may print them.
  for (const secret of proxySecrets(process.env)) redactor.addChosen(secret)
  const profile = profileSummary(options.profile)
  const services = serviceGroup()
  const health = serviceHealth()
  const shared = new SharedSteps()
  const resources: SessionResources = { ...options, places: where, redactor, services, health, leftovers, running: {} }
  const lives = new Lives(resources, shared)
  const runOf = (runId: string, scenario: Scenario, persona: PersonaId | null, log: EventLog): Run => {
    const plan = planFor(scenario, profile).filter(({ id }) => options.only?.includes(id) ?? true)
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
      lives,
      stepRuns: lives.clearingFirst(stepRuns),
    })
  }
  let closing: Promise<readonly string[]> | undefined
  const close = async (): Promise<readonly string[]> => {
    // A service that is being stopped stops responding first: that is not reported.
    health.close()
    // Containers before the engine, and the engine only after its clients.
    const containers = await attempt('containers', () => removeFrom(resources.running.engine))
    const stopped = await services.stop()
    const lockFile = await attempt('session lock', async () => lock.value.release())
    return [containers, ...stopped, lockFile].filter((failure) => failure !== undefined)
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

/** Removes our containers and images from an engine. If one of our own died, they are gone with it. */
async function removeFrom(engine: Engine | undefined): Promise<void> {
  if (engine === undefined) return
  const removed = await removeOurs(engine)
  if (!removed.ok && !engine.ours) throw new Error(removed.error.found ?? removed.error.what)
}

/** Sorts by time, is readable, and is a valid image tag. */
const newRunId = (id: ScenarioId): string => {
  const time = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15).toLowerCase()
  return `${time}-${id}-${randomBytes(3).toString('hex')}`
}

/** Removes the oldest runs that have ended. An unfinished one may be resumed, however old it is. */
async function forgetOldRuns(folder: string): Promise<void> {
  const old = (await readdir(folder)).toSorted().slice(0, -keptRuns)
  if (old.length === 0) return
  const unfinished = new Set((await unfinishedRuns(folder)).map(({ runId }) => runId))
  for (const name of old) if (!unfinished.has(name)) await rm(join(folder, name), { recursive: true, force: true })
}

const leftoversStay = (folders: Folders, error: NodeJS.ErrnoException) =>
  appError(
    'machine.leftovers-stay',
    'What an earlier session left could not be removed.',
    'Give this user write permission there, or remove it (with sudo where it belongs to root): npm run clean',
    {
      expected: `files can be removed below ${folders.state} and ${folders.runtime}`,
      found: describeFileError(error, error.path ?? folders.state),
    },
  )

const colonInPath = (folder: string) =>
  appError(
    'machine.colon-in-path',
    'This program cannot run from a folder whose path contains a colon.',
    'Move it to a folder without a colon in its path.',
    { expected: 'a path that can be an entry of PATH', found: folder },
  )
