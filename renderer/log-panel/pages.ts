import type { LogTail } from '../../src/core/contract/log-tails.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { LogSource } from './source.ts'

const pageLines = 200
const mostPages = 60
const mostAsked = 4

/** The loaded lines of a log: the newest, and pages of older ones, fetched when they come into view. */
export class LogPages {
  readonly #source: LogSource
  readonly #listeners = new Set<() => void>()
  /** Least recently used first. */
  readonly #pages = new Map<number, readonly string[]>()
  readonly #asked = new Set<number>()
  #wanted: number[] = []
  #tail: LogTail = { from: 0, lines: [] }
  #version = 0
  #problem: AppError | null = null

  constructor(source: LogSource) {
    this.#source = source
  }

  /** Changes whenever there is something new to draw. */
  version = (): number => this.#version

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Why requested lines are missing. */
  get problem(): AppError | null {
    return this.#problem
  }

  /** The newest lines, as the engine reports them. */
  setTail(tail: LogTail): void {
    this.#tail = tail
  }

  /** A line by its number from 0, or undefined while it is not loaded. */
  line(number: number): string | undefined {
    const page = Math.floor(number / pageLines)
    return this.#pages.get(page)?.[number - page * pageLines] ?? this.#tail.lines[number - this.#tail.from]
  }

  /** Fetches what is missing of these lines. Earlier requests that have not been sent are dropped. */
  want(numbers: readonly number[]): void {
    // Lines that will soon leave the newest ones are fetched beforehand.
    const safe = this.#tail.from === 0 ? 0 : this.#tail.from + this.#tail.lines.length / 2
    const missing = numbers.filter((number) => number < safe || this.line(number) === undefined)
    const pages = [...new Set(missing.map((number) => Math.floor(number / pageLines)))]
    for (const page of pages) {
      const lines = this.#pages.get(page)
      if (lines === undefined) continue
      this.#pages.delete(page)
      // A page of lines that had not all been written is fetched again.
      if (lines.length === pageLines) this.#pages.set(page, lines)
    }
    this.#wanted = pages.filter((page) => !this.#pages.has(page))
    this.#ask()
  }

  #ask(): void {
    for (const page of this.#wanted) {
      if (this.#asked.size >= mostAsked) return
      if (!this.#asked.has(page)) void this.#fetch(page)
    }
  }

  async #fetch(page: number): Promise<void> {
    this.#asked.add(page)
    const read = await this.#source.read(page * pageLines, pageLines)
    this.#asked.delete(page)
    this.#wanted = this.#wanted.filter((each) => each !== page)
    this.#problem = read.ok ? null : read.error
    if (read.ok) this.#pages.set(page, read.value)
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= mostPages) break
      this.#pages.delete(oldest)
    }
    this.#version += 1
    for (const listener of this.#listeners) listener()
    this.#ask()
  }
}
