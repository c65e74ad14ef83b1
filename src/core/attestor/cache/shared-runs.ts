import type { Check } from '../../domain/verdict.ts'
import { FlightCache } from './flight-cache.ts'

/** The cosign run for one question. */
export interface SharedRun {
  /** Whether it is running or its success is cached: joining it needs no slot. */
  readonly isAvailable: () => boolean
  /** Its result; starts it with `start` if it is not available. */
  readonly run: (start: () => Promise<Check<'cosign'>>) => Promise<Check<'cosign'>>
  /**
   * Allows it to continue after its attestation has timed out. False if its result would not be cached, or if enough
   * others continue already. `end` is called when the cache is closed.
   */
  readonly continues: (end: () => void) => boolean
  /** Marks it as being ended: from now on it cannot continue for an attestation that has joined it. */
  readonly ends: () => void
}

/** How many runs may continue without an attestation: fewer than there are slots, so that other images get one. */
const maxContinuing = 2

/** Shares cosign runs between attestations with the same question, and caches the successful ones. */
export class SharedRuns {
  readonly #runs: FlightCache<Check<'cosign'>>
  readonly #continuing = new Map<string, () => void>()
  readonly #ending = new Set<string>()
  #caches: boolean

  /** `most`: the maximum number of cached results. With 0 nothing is cached, shared or continued. */
  constructor(most: number) {
    this.#runs = new FlightCache({ ttlMs: most === 0 ? 0 : Number.POSITIVE_INFINITY, maxEntries: most })
    this.#caches = most > 0
  }

  of(key: string): SharedRun {
    return {
      isAvailable: () => this.#caches && this.#runs.has(key),
      run: (start) => this.#run(key, start),
      continues: (end) => this.#continues(key, end),
      ends: () => {
        if (this.#caches) this.#ending.add(key)
      },
    }
  }

  /** Drops a cached success. */
  forget(key: string): void {
    this.#runs.forget(key)
  }

  /** Ends the runs that continue, and lets no other one do so: the configuration was replaced. */
  close(): void {
    this.#caches = false
    for (const end of this.#continuing.values()) end()
  }

  async #run(key: string, start: () => Promise<Check<'cosign'>>): Promise<Check<'cosign'>> {
    if (!this.#caches) return start()
    const { value, cached } = await this.#runs.get(key, start, ({ verdict }) => verdict === 'passed')
    if (!cached) {
      this.#continuing.delete(key)
      this.#ending.delete(key)
    }
    return value
  }

  #continues(key: string, end: () => void): boolean {
    if (!this.#caches || this.#ending.has(key)) return false
    if (this.#continuing.has(key)) return true
    if (this.#continuing.size >= maxContinuing) return false
    this.#continuing.set(key, end)
    return true
  }
}
