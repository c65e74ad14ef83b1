import type { AppError } from '../../../src/core/domain/app-error.ts'
import { finder } from '../../../src/core/domain/visible-text.ts'
import type { LogSource } from '../source.ts'

/** What has been found so far. */
export interface Found {
  readonly text: string
  /** Finds the text within a line as it is shown; null without a search. */
  readonly find: RegExp | null
  /** Numbers of the matching lines, from 0, ascending. */
  readonly lines: readonly number[]
  /** Whether every line of the log, at its current length, has been searched. */
  readonly complete: boolean
  readonly problem: AppError | null
}

const nothing: Found = { text: '', find: null, lines: [], complete: true, problem: null }
/** A growing log is searched again at this interval. */
const againMs = 250

/** Searches all lines of a log for a text, and new ones as they arrive. */
export class LogFind {
  readonly #source: LogSource
  readonly #listeners = new Set<() => void>()
  #found: Found = nothing
  #searched = 0
  #total = 0
  #busy = false
  /** The search that the answers belong to. */
  #turn = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(source: LogSource) {
    this.#source = source
  }

  get = (): Found => this.#found

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Starts a new search from the first line; an empty text ends it. */
  setText(text: string): void {
    if (text === this.#found.text) return
    this.#searched = 0
    this.#turn += 1
    this.#set(text === '' ? nothing : { ...nothing, text, find: finder(text), complete: false })
    void this.#search()
  }

  /** The current number of lines. */
  setTotal(total: number): void {
    this.#total = total
    if (!this.#found.complete || this.#found.text === '' || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#search()
    }, againMs)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#listeners.clear()
    this.#turn += 1
    this.#found = nothing
  }

  async #search(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    while (this.#found.text !== '' && this.#searched < this.#total) {
      const turn = this.#turn
      const answer = await this.#source.find(this.#found.text, this.#searched)
      // The text has changed meanwhile.
      if (turn !== this.#turn) continue
      if (!answer.ok) {
        this.#set({ ...this.#found, problem: answer.error, complete: true })
        break
      }
      const stuck = answer.value.searched <= this.#searched
      this.#searched = Math.max(this.#searched, answer.value.searched)
      const lines = answer.value.lines.length === 0 ? this.#found.lines : [...this.#found.lines, ...answer.value.lines]
      const complete = this.#found.complete || stuck || this.#searched >= this.#total
      this.#set({ ...this.#found, lines, complete, problem: null })
      if (stuck) break
    }
    this.#busy = false
    // An empty log has been searched.
    if (!this.#found.complete) this.#set({ ...this.#found, complete: true })
  }

  #set(found: Found): void {
    this.#found = found
    for (const listener of this.#listeners) listener()
  }
}

/** The index of the first of the ascending line numbers that is `from` or later; their count if none is. */
export function firstFrom(lines: readonly number[], from: number): number {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle] ?? 0) < from) low = middle + 1
    else high = middle
  }
  return low
}
