import type { About, Machine, ServiceRow, SetupRow, Snapshot } from '../contract/changes.ts'
import { withRow, withService } from '../contract/engine-state.ts'
import { type Handlers, type Server, serve } from '../contract/server.ts'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type Folders, places } from '../machine/folders.ts'
import type { LoginPort, OwnPrograms } from '../steps/resources.ts'
import { setUp } from '../tools/set-up.ts'
import { type ToolPaths, toolPaths } from '../tools/tool.ts'
import type { ScenarioId } from '../workflow/scenarios.ts'
import { type StepId, steps } from '../workflow/steps.ts'
import { type HostLogins, hostLogins } from './host-logins.ts'
import { type HostLogs, hostLogs, stepOfService } from './host-logs.ts'
import { setupRows } from './host-setup.ts'
import type { Run } from './run.ts'
import { openSession, type Session } from './session.ts'

export interface HostOptions {
  readonly folders: Folders
  /** The folder with the lock file and the build recipes of the tools. */
  readonly assets: string
  /** Its Node is looked for with each set-up where it is a function: a person can install one and look again. */
  readonly programs: Omit<OwnPrograms, 'node'> & { readonly node: string | (() => Promise<Result<string>>) }
  readonly about: About
  /** A window for logins. Without one a login waits for `answerLogin`. */
  readonly showLogin?: LoginPort
  /** The environment that the set-up looks for programs in; this process's own when absent. */
  readonly env?: Readonly<NodeJS.ProcessEnv>
  /** Hears of bugs that no front end can be told of. */
  readonly onBug?: (thrown: unknown) => void
}

/** The engine behind a front end: makes the programs ready, holds the session and its runs, tells of every change. */
export interface Host {
  readonly server: Pick<Server, 'request' | 'subscribe'>
  /** Cancels what runs and stops everything that was started; resolves when nothing is left. */
  readonly close: () => Promise<void>
}

/** Starts with the set-up at once; the session opens with the first run. */
export const createHost = (options: HostOptions): Host => new EngineHost(options)

/** Side by side is what a front end can show. */
const mostActive = 2
const batchMs = 50

class EngineHost implements Host {
  readonly server: Server
  readonly #options: HostOptions
  readonly #logins: HostLogins
  readonly #stop = new AbortController()
  readonly #runs = new Map<string, Run>()
  readonly #active = new Map<string, Promise<void>>()
  #machine: Machine = { state: 'preparing' }
  #setup: readonly SetupRow[] = []
  #services: readonly ServiceRow[] = []
  #tools: ToolPaths | undefined
  #node: string | undefined
  #preparing: Promise<void>
  #session: Promise<Result<Session>> | undefined
  #logs: HostLogs | undefined
  #starting = 0
  #closing: Promise<void> | undefined

  constructor(options: HostOptions) {
    this.#options = options
    this.#logins = hostLogins(options.showLogin)
    this.server = serve(this.#handlers(), () => this.#snapshot(), {
      later: (flush) => void setTimeout(flush, batchMs),
      onBug: (thrown) => options.onBug?.(thrown),
    })
    this.#preparing = this.#prepare()
  }

  close = (): Promise<void> => (this.#closing ??= this.#close())

  #handlers(): Handlers {
    return {
      startRun: ({ scenario }) => this.#start(scenario),
      getLog: ({ runId, step, from, count }) => {
        if (steps[step].scope === 'run' && !this.#runs.has(runId)) return err(unknownRun)
        return ok(this.#readLog(runId, step, from, count))
      },
      findInLog: ({ runId, step, text, from }) => {
        if (steps[step].scope === 'run' && !this.#runs.has(runId)) return err(unknownRun)
        return ok(this.#logs?.find(runId, step, text, from) ?? { lines: [], searched: 0 })
      },
      cancelRun: ({ runId }) => {
        const run = this.#runs.get(runId)
        if (run === undefined) return err(unknownRun)
        run.cancel('it was cancelled')
        return ok({})
      },
      prepareAgain: () => {
        if (this.#machine.state !== 'failed') return err(notFailed)
        this.#preparing = this.#prepare()
        return ok({})
      },
      answerLogin: (answer) => this.#logins.answer(answer),
      continueRun: () => err(notBuilt),
      redoStep: () => err(notBuilt),
      reset: () => err(notBuilt),
      resumeRun: () => err(notBuilt),
      cleanUp: () => err(notBuilt),
      getRecording: () => err(notBuilt),
      save: () => err(notBuilt),
    }
  }

  #snapshot(): Omit<Snapshot, 'number'> {
    return {
      about: this.#options.about,
      machine: this.#machine,
      setup: [...this.#setup],
      services: [...this.#services],
      runs: [...this.#runs.values()].map((run) => [...run.log.events]),
      leftovers: null,
    }
  }

  #setMachine(machine: Machine): void {
    this.#machine = machine
    if (machine.state === 'preparing') this.#setup = []
    this.server.publish({ kind: 'machine', machine })
  }

  #setRow(row: SetupRow): void {
    this.#setup = withRow(this.#setup, row)
    this.server.publish({ kind: 'setup', row })
  }

  /** Tells how the services of a session are, from now until all have stopped. */
  #watch(session: Session): void {
    this.#services = []
    session.resources.health.subscribe((health) => {
      const row = { ...health, step: stepOfService(health.id) }
      this.#services = withService(this.#services, row)
      this.server.publish({ kind: 'service', row })
    })
  }

  /** Makes the programs ready. Never rejects: the machine is ready or failed afterwards. */
  async #prepare(): Promise<void> {
    this.#setMachine({ state: 'preparing' })
    const { folders, assets, env, programs } = this.#options
    const rows = setupRows()
    const { node } = programs
    const found = typeof node === 'string' ? ok(node) : await node()
    if (this.#stop.signal.aborted) return
    if (!found.ok) return this.#setMachine({ state: 'failed', error: found.error })
    this.#node = found.value
    const made = await setUp({
      folders,
      assets,
      signal: this.#stop.signal,
      ...(env === undefined ? {} : { env }),
      report: (event) => {
        const row = rows(event)
        if (row !== undefined) this.#setRow(row)
      },
    }).catch((thrown: unknown) => {
      this.#options.onBug?.(thrown)
      return err(setUpBug(thrown))
    })
    if (this.#stop.signal.aborted) return
    if (!made.ok) return this.#setMachine({ state: 'failed', error: made.error })
    for (const row of this.#setup) {
      if (row.state === 'looking' || row.state === 'working') this.#setRow({ ...row, state: 'ready' })
    }
    this.#tools = toolPaths(made.value)
    this.#setMachine({ state: 'ready' })
  }

  async #start(scenario: ScenarioId): Promise<Result<{ runId: string }>> {
    const tools = this.#tools
    const node = this.#node
    if (this.#machine.state !== 'ready' || tools === undefined || node === undefined)
      return err(notReady(this.#machine))
    if (this.#active.size + this.#starting >= mostActive) return err(busy)
    this.#starting += 1
    const session = await this.#open(tools, node).finally(() => {
      this.#starting -= 1
    })
    if (!session.ok) return session
    if (this.#stop.signal.aborted) return err(notReady(this.#machine))
    const run = session.value.newRun(scenario, null)
    this.#follow(run)
    const active = run
      .start()
      .then(
        () => this.#logs?.readNew(),
        (thrown: unknown) => this.#options.onBug?.(thrown),
      )
      .finally(() => this.#active.delete(run.runId))
    this.#active.set(run.runId, active)
    return ok({ runId: run.runId })
  }

  /** The session, opened once; one that could not be opened is tried again by the next run. */
  async #open(tools: ToolPaths, node: string): Promise<Result<Session>> {
    const { folders } = this.#options
    const programs = { ...this.#options.programs, node }
    this.#session ??= openSession({ folders, programs, tools, login: this.#logins.port }).then((opened) => {
      if (opened.ok) this.#watch(opened.value)
      return opened
    })
    const session = await this.#session.catch((thrown: unknown) => {
      this.#session = undefined
      throw thrown
    })
    if (session.ok) this.#logs ??= hostLogs(places(folders).logs, (change) => this.server.publish(change))
    else this.#session = undefined
    return session
  }

  /** Tells of what has happened in a run so far, and of everything that will. */
  #follow(run: Run): void {
    this.#runs.set(run.runId, run)
    this.#logs?.addRun(run.runId, run.folder)
    for (const event of run.log.events) this.server.publish({ kind: 'event', event })
    run.log.subscribe((event) => {
      // What a tool has printed belongs before what the step says next.
      if (event.type !== 'step.progressed') this.#logs?.readNew()
      this.server.publish({ kind: 'event', event })
    })
  }

  #readLog(runId: string, step: StepId, from: number, count: number): { lines: string[]; total: number } {
    this.#logs?.readNew()
    return this.#logs?.read(runId, step, from, count) ?? { lines: [], total: 0 }
  }

  async #close(): Promise<void> {
    this.#setMachine({ state: 'stopping' })
    this.server.flush()
    this.#stop.abort()
    for (const id of this.#active.keys()) this.#runs.get(id)?.cancel('the program is being closed')
    await Promise.all([this.#preparing, ...this.#active.values()])
    const session = await this.#session?.catch(() => undefined)
    if (session?.ok === true) await session.value.close()
    this.#logs?.readNew()
    this.#logs?.close()
    for (const run of this.#runs.values()) run.log.close()
    this.server.flush()
  }
}

const unknownRun = appError('run.unknown', 'This session has no such run.', 'Start one.')
const notBuilt = appError('run.not-built', 'This program cannot do that yet.', 'Wait for the next version.')
const busy = appError('run.busy', 'Two runs are under way already.', 'Wait until one has ended, or cancel it.')
const notFailed = appError('machine.not-failed', 'The set-up has not failed.', 'Wait until it has ended.')

const notReady = (machine: Machine): AppError => {
  if (machine.state === 'stopping')
    return appError('machine.stopping', 'The program is being closed.', 'Start it again.')
  return appError('machine.not-ready', 'The programs that the story needs are not ready.', 'Wait for the set-up.', {
    expected: 'ready',
    found: machine.state,
  })
}

const setUpBug = (thrown: unknown): AppError =>
  appError('run.internal', 'The set-up ran into a bug of this program.', 'Report it.', {
    found: thrown instanceof Error ? thrown.message : String(thrown),
  })
