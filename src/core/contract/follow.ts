import type { AppError } from '../domain/app-error.ts'
import type { StepId } from '../workflow/steps.ts'
import type { Client } from './client.ts'
import type { Changes } from './contract.ts'
import { applyChange, type EngineState, fromSnapshot, withLines } from './engine-state.ts'
import { keptLines, logKey } from './log-tails.ts'

/** What a front end knows. `engine` is null until the first snapshot is there. */
export interface Followed {
  readonly engine: EngineState | null
  /** Why there is no newer state. */
  readonly problem: AppError | null
}

/** A state that updates itself: each reader sees the same object until something has changed. */
export interface Follower {
  readonly get: () => Followed
  /** Calls back after each change of `get`; returns how to end that. */
  readonly subscribe: (listener: () => void) => () => void
  /** Fetches the newest lines of a step's log into `engine.logs`, and keeps them complete from then on. */
  readonly openLog: (runId: string, step: StepId) => Promise<void>
  readonly close: () => void
}

/**
 * Follows the engine: a snapshot first, then every change in the order of the numbers. A gap, a malformed batch, or a
 * change that does not fit is repaired by a new snapshot; a reloaded front end starts in the same way.
 */
export function follow(client: Client): Follower {
  return new Following(client)
}

class Following implements Follower {
  readonly #client: Client
  readonly #listeners = new Set<() => void>()
  readonly #openLogs = new Map<string, { readonly runId: string; readonly step: StepId }>()
  readonly #unsubscribe: () => void
  #followed: Followed = { engine: null, problem: null }
  #number = 0
  /** Batches that arrived while a snapshot was being fetched; null when none is. */
  #held: Changes[] | null = null
  /** Something did not fit while a snapshot was being fetched, which may be too old to repair it. */
  #again = false
  #closed = false

  constructor(client: Client) {
    this.#client = client
    this.#unsubscribe = client.subscribe((batch) => {
      if (this.#closed) return
      if (batch.ok) this.#receive(batch.value)
      else void this.#resync()
    })
    void this.#resync()
  }

  get = (): Followed => this.#followed

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  openLog = async (runId: string, step: StepId): Promise<void> => {
    this.#openLogs.set(logKey(runId, step), { runId, step })
    await this.#fetchLog(runId, step)
  }

  close = (): void => {
    this.#closed = true
    this.#unsubscribe()
    this.#listeners.clear()
  }

  #set(followed: Followed): void {
    this.#followed = followed
    for (const listener of this.#listeners) listener()
  }

  #receive(batch: Changes): void {
    if (this.#held === null) this.#take(batch)
    else this.#held.push(batch)
  }

  /** Applies what is new in a batch; whatever does not fit is repaired. */
  #take(batch: Changes): void {
    let engine = this.#followed.engine
    if (engine === null || batch.first > this.#number + 1) return void this.#resync()
    const fresh = batch.changes.slice(this.#number + 1 - batch.first)
    if (fresh.length === 0) return
    for (const change of fresh) {
      engine = applyChange(engine, change)
      if (engine === null) return void this.#resync()
      if (change.kind === 'reset') this.#openLogs.clear()
    }
    this.#number += fresh.length
    this.#set({ engine, problem: null })
  }

  async #resync(): Promise<void> {
    if (this.#held !== null) {
      this.#again = true
      return
    }
    this.#again = false
    const held: Changes[] = []
    this.#held = held
    const snapshot = await this.#client.request('getSnapshot', {})
    this.#held = null
    if (this.#closed) return
    const engine = snapshot.ok ? fromSnapshot(snapshot.value) : snapshot
    if (!snapshot.ok || !engine.ok) {
      if (!engine.ok) this.#set({ ...this.#followed, problem: engine.error })
      return
    }
    this.#number = snapshot.value.number
    this.#set({ engine: engine.value, problem: null })
    for (const batch of held) this.#receive(batch)
    if (this.#again) return this.#resync()
    await Promise.all([...this.#openLogs.values()].map(({ runId, step }) => this.#fetchLog(runId, step)))
  }

  async #fetchLog(runId: string, step: StepId): Promise<void> {
    const counted = await this.#client.request('getLog', { runId, step, from: 0, count: 1 })
    if (!counted.ok) return
    const from = Math.max(0, counted.value.total - keptLines)
    const read = await this.#client.request('getLog', { runId, step, from, count: keptLines })
    const { engine } = this.#followed
    if (!read.ok || engine === null || this.#closed) return
    this.#set({ ...this.#followed, engine: withLines(engine, logKey(runId, step), { from, lines: read.value.lines }) })
  }
}
