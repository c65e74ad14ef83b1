/** Caches answers for a while; concurrent calls for the same key share one computation. */
export class FlightCache<T> {
  readonly #ttlMs: number
  readonly #maxEntries: number
  readonly #known = new Map<string, { readonly value: T; readonly until: number }>()
  readonly #flying = new Map<string, Promise<T>>()

  constructor(options: { readonly ttlMs: number; readonly maxEntries: number }) {
    this.#ttlMs = options.ttlMs
    this.#maxEntries = options.maxEntries
  }

  /** The answer for a key; `keep` says whether to cache it. */
  async get(
    key: string,
    compute: () => Promise<T>,
    keep: (value: T) => boolean,
  ): Promise<{ readonly value: T; readonly cached: boolean }> {
    const known = this.#known.get(key)
    if (known !== undefined && known.until > performance.now()) return { value: known.value, cached: true }
    this.#known.delete(key)
    const flying = this.#flying.get(key)
    if (flying !== undefined) return { value: await flying, cached: true }
    const flight = compute()
    this.#flying.set(key, flight)
    try {
      const value = await flight
      if (this.#ttlMs > 0 && keep(value)) this.#remember(key, value)
      return { value, cached: false }
    } finally {
      this.#flying.delete(key)
    }
  }

  /** The next caller gets a new answer, unless a computation is in progress already. */
  forget(key: string): void {
    this.#known.delete(key)
  }

  #remember(key: string, value: T): void {
    // A Map keeps the order of insertion: the first is the oldest.
    const [oldest] = this.#known.keys()
    if (this.#known.size >= this.#maxEntries && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(key, { value, until: performance.now() + this.#ttlMs })
  }
}
