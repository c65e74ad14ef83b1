import type { Change, Machine, SetupRow } from '../../contract/changes.ts'
import { withRow } from '../../contract/engine-state.ts'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Folders } from '../../machine/folders.ts'
import { setUp } from '../../tools/setup/set-up.ts'
import { type ToolPaths, toolPaths } from '../../tools/tool.ts'
import { setupRows } from './setup.ts'

export interface MachineOptions {
  readonly folders: Folders
  /** The folder with the lock file and the build recipes of the tools. */
  readonly assets: string
  /** This machine's Node; a function is called at each setup: a person can install one and retry. */
  readonly node: string | (() => Promise<Result<string>>)
  /** The environment in which setup looks for programs; this process's own when absent. */
  readonly env?: Readonly<NodeJS.ProcessEnv>
  /** Receives bugs that cannot be reported to a front end. */
  readonly onBug?: (thrown: unknown) => void
}

/** What runs need of this machine. */
export interface Ready {
  readonly tools: ToolPaths
  /** A Node of the system. */
  readonly node: string
}

/** Whether runs can be started on this machine, and the progress of the setup. */
export class HostMachine {
  readonly #options: MachineOptions
  readonly #publish: (change: Change) => void
  readonly #stop: AbortSignal
  #state: Machine = { state: 'preparing' }
  #rows: readonly SetupRow[] = []
  #ready: Ready | undefined
  #preparing: Promise<void> = Promise.resolve()

  /** `stop` ends the setup. */
  constructor(options: MachineOptions, publish: (change: Change) => void, stop: AbortSignal) {
    this.#options = options
    this.#publish = publish
    this.#stop = stop
  }

  get state(): Machine {
    return this.#state
  }

  get rows(): readonly SetupRow[] {
    return this.#rows
  }

  /** Resolves when no setup is in progress. */
  get prepared(): Promise<void> {
    return this.#preparing
  }

  /** The programs, when runs can be started. */
  ready(): Result<Ready> {
    return this.#state.state === 'ready' && this.#ready !== undefined ? ok(this.#ready) : err(notReady(this.#state))
  }

  /** Makes the programs ready: the machine is ready or failed afterwards. */
  prepare(): void {
    this.#preparing = this.#prepare()
  }

  prepareAgain(): Result<Record<string, never>> {
    if (this.#state.state !== 'failed') return err(notFailed)
    this.prepare()
    return ok({})
  }

  set(machine: Machine): void {
    this.#state = machine
    if (machine.state === 'preparing') this.#rows = []
    this.#publish({ kind: 'machine', machine })
  }

  #setRow(row: SetupRow): void {
    this.#rows = withRow(this.#rows, row)
    this.#publish({ kind: 'setup', row })
  }

  /** Never rejects. */
  async #prepare(): Promise<void> {
    this.set({ state: 'preparing' })
    const { folders, assets, env, node } = this.#options
    const rows = setupRows()
    const found = typeof node === 'string' ? ok(node) : await node()
    if (this.#stop.aborted) return
    if (!found.ok) return this.set({ state: 'failed', error: found.error })
    const made = await setUp({
      folders,
      assets,
      signal: this.#stop,
      ...(env === undefined ? {} : { env }),
      report: (event) => {
        const row = rows(event)
        if (row !== undefined) this.#setRow(row)
      },
    }).catch((thrown: unknown) => {
      this.#options.onBug?.(thrown)
      return err(bug('The setup', thrown))
    })
    if (this.#stop.aborted) return
    if (!made.ok) return this.set({ state: 'failed', error: made.error })
    for (const row of this.#rows) {
      if (row.state === 'looking' || row.state === 'working') this.#setRow({ ...row, state: 'ready' })
    }
    this.#ready = { tools: toolPaths(made.value), node: found.value }
    this.set({ state: 'ready' })
  }
}

/** A bug of ours outside any request. */
export const bug = (what: string, thrown: unknown): AppError =>
  appError('run.internal', `${what} ran into a bug of this program.`, 'Report it.', {
    found: thrown instanceof Error ? thrown.message : String(thrown),
  })

const notFailed = appError('machine.not-failed', 'The setup has not failed.', 'Wait until it has ended.')

const notReady = (machine: Machine): AppError => {
  if (machine.state === 'stopping')
    return appError('machine.stopping', 'Everything is being stopped.', 'Wait until it has ended.')
  return appError('machine.not-ready', 'The programs that the story needs are not ready.', 'Wait for the setup.', {
    expected: 'ready',
    found: machine.state,
  })
}
