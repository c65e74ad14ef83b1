import { findEngine } from '../../containers/engine/find-engine.ts'
import { removeOurs } from '../../containers/labels.ts'
import type { Change, Leftovers } from '../../contract/changes.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { type Folders, places } from '../../machine/folders.ts'
import { checkOwnFolders } from '../../machine/own-folders.ts'
import { sessionStatus, takeSessionLock } from '../../machine/session-lock.ts'
import { readRun, removeRuns, type StoredRun, unfinishedRuns } from '../run/unfinished-runs.ts'
import { endEarlierSession } from '../session/leftovers.ts'

/** What a crash has left: reported before anything of it is touched, and then resumed, cleaned up, or left alone. */
export class HostLeftovers {
  readonly #folders: Folders
  readonly #publish: (change: Change) => void
  #found: Leftovers | null = null
  /** Resolves when it is known what there is. */
  readonly looked: Promise<void>

  constructor(folders: Folders, publish: (change: Change) => void) {
    this.#folders = folders
    this.#publish = publish
    this.looked = this.#look()
  }

  get found(): Leftovers | null {
    return this.#found
  }

  /** Reads an unfinished run. Nothing is changed; a log that cannot be followed is an error. */
  async read(runId: string): Promise<Result<StoredRun>> {
    if (!this.#has(runId)) return err(notLeft)
    return readRun(places(this.#folders).runs, runId)
  }

  /**
   * Takes a run out of the list to resume it, and returns it as it is now: until the session had its lock, another
   * window may have resumed it.
   */
  async take(runId: string): Promise<Result<StoredRun>> {
    const stored = await readRun(places(this.#folders).runs, runId)
    if (!this.#has(runId)) return err(taken)
    if (!stored.ok) return stored
    this.#set({ runs: this.#found?.runs.filter((run) => run.runId !== runId) ?? [] })
    return stored.value.state.finishedAt === null ? stored : err(finished)
  }

  /** A session that opens ends what was still running; runs stay, to be resumed. */
  sessionOpened(): void {
    this.#set(this.#found)
  }

  /** Ends and removes what is left. While a session is open nothing of it is touched: only runs can be left then. */
  async cleanUp(sessionIsOpen: boolean): Promise<Result<Record<string, never>>> {
    if (this.#found === null) return err(nothingLeft)
    const lock = sessionIsOpen ? undefined : await takeSessionLock(this.#folders.runtime, this.#folders.state)
    if (lock?.ok === false) return lock
    try {
      if (lock !== undefined) {
        await endEarlierSession(this.#folders, lock.value)
        const engine = await findEngine({})
        const removed = engine.ok ? await removeOurs(engine.value) : ok(undefined)
        if (!removed.ok) return removed
      }
      const { runs } = places(this.#folders)
      // Another session may have finished one of them since they were listed.
      const unfinished = (await unfinishedRuns(runs)).map(({ runId }) => runId)
      await removeRuns(
        runs,
        unfinished.filter((runId) => this.#has(runId)),
      )
    } finally {
      lock?.value.release()
    }
    this.#found = null
    this.#publish({ kind: 'leftovers', leftovers: null })
    return ok({})
  }

  async #look(): Promise<void> {
    const { runtime, state } = this.#folders
    // Opening a session reports why such folders are not used.
    if (!checkOwnFolders({ runtime, state }, { make: false }).ok) return
    const stands = sessionStatus(runtime, state)
    // The runs of a living session, perhaps in a terminal, are its own.
    if (stands === 'held') return
    const runs = await unfinishedRuns(places(this.#folders).runs)
    if (stands === 'free' && runs.length === 0) return
    this.#found = { runs }
    this.#publish({ kind: 'leftovers', leftovers: this.#found })
  }

  #has(runId: string): boolean {
    return this.#found?.runs.some((run) => run.runId === runId) === true
  }

  /** Once a session is open, only runs can be left. */
  #set(leftovers: Leftovers | null): void {
    if (leftovers === null && this.#found === null) return
    this.#found = leftovers?.runs.length === 0 ? null : leftovers
    this.#publish({ kind: 'leftovers', leftovers: this.#found })
  }
}

const notLeft = appError('run.not-left', 'No run of this name was left by a crash.', 'Start the scenario again.')
const taken = appError(
  'run.not-left',
  'This run has been resumed or removed meanwhile.',
  'Open it from the list of runs, or start the scenario again.',
)
const finished = appError('run.not-left', 'Another session has finished this run.', 'Start the scenario again.')
const nothingLeft = appError('machine.nothing-left', 'A crash has left nothing here.', 'Nothing is to be done.')
