import { LRUCache } from 'lru-cache'

/** Caches answers for a while; concurrent calls for the same key share one computation. */
export class FlightCache<T> {
  readonly #known: LRUCache<string, { readonly value: T }> | undefined
  readonly #flying = new Map<string, Promise<T>>()

  /** `ttlMs`: whole milliseconds, or infinite; with 0 nothing is cached. */
  constructor({ ttlMs, maxEntries }: { readonly ttlMs: number; readonly maxEntries: number }) {
    const ttl = Number.isFinite(ttlMs) ? { ttl: ttlMs } : {}
    if (ttlMs > 0) this.#known = new LRUCache({ max: maxEntries, ...ttl })
  }

  /** The answer for a key; `keep` says whether to cache it. */
  async get(
    key: string,
    compute: () => Promise<T>,
    keep: (value: T) => boolean,
  ): Promise<{ readonly value: T; readonly cached: boolean }> {
    const known = this.#known?.get(key)
    if (known !== undefined) return { value: known.value, cached: true }
    const flying = this.#flying.get(key)
    if (flying !== undefined) return { value: await flying, cached: true }
    const flight = compute()
    this.#flying.set(key, flight)
    try {
      const value = await flight
      if (keep(value)) this.#known?.set(key, { value })
      return { value, cached: false }
    } finally {
      this.#flying.delete(key)
    }
  }

  /** Whether `get` would compute nothing: the answer is cached, or being computed. */
  has(key: string): boolean {
    return this.#flying.has(key) || this.#known?.has(key) === true
  }

  /** The next caller gets a new answer, unless a computation is in progress already. */
  forget(key: string): void {
    this.#known?.delete(key)
  }
}
