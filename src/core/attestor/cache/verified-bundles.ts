import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { SignerCheckId } from '../../domain/gate.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import type { Check } from '../../domain/verdict.ts'
import { FlightCache } from './flight-cache.ts'

/** The results of both verifications of a bundle. */
export interface BundleVerdict {
  readonly checks: readonly Check<SignerCheckId>[]
  readonly verdict: 'passed' | 'failed' | 'could-not-check'
  /** ISO 8601, UTC. */
  readonly at: string
}

/** Everything that a verification depends on, besides the verifying programs. */
export interface BundleQuestion {
  /** SHA-256 of the bytes. */
  readonly bundle: Digest
  /** The digests that the statement may name. */
  readonly subject: Digest
  readonly predicateType: string
  readonly thresholds: { readonly log: number; readonly sct: number; readonly timestamp: number }
  /** JSON. */
  readonly trustedRoot: string
  /** Absolute path. */
  readonly cosign: string
}

/** The run of a program for a question, shared by all who ask it, also one after the other, unless nothing is cached. */
export interface SharedRun<T> {
  /** Whether it runs, or what it accepted is known. */
  readonly hasTurn: () => boolean
  /** Its result; begins it unless it runs. */
  readonly run: (begin: () => Promise<T>) => Promise<T>
  /**
   * Lets it go on without its caller; false if its result would count for nobody, or enough others do so. `end` ends it
   * when nothing is cached any more.
   */
  readonly outlast: (end: () => void) => boolean
}

/** How many runs may go on without their callers: fewer than run at once, so that others get their turn. */
const maxOutlasting = 2

/**
 * Caches which bundles were verified, as long as nothing that this depends on changes. Entries do not expire: a
 * signature is checked against the time at which it was made, which its bytes prove, not against today. Whether the
 * registry still lists it, its signer is allowed and the trusted root may still be used is checked each time,
 * elsewhere. A failed verification is never cached. See docs/adr/0006-verified-bundles.md.
 */
export class VerifiedBundles {
  readonly #cache: FlightCache<BundleVerdict>
  /** cosign's part: a run may outlast the verification that began it. */
  readonly #cosign: FlightCache<Check<'cosign'>>
  readonly #outlasting = new Map<string, () => void>()
  #isKept: boolean

  /** `most`: the maximum number of entries; the oldest goes first. 0 disables the cache. */
  constructor(most: number) {
    const size = { ttlMs: most === 0 ? 0 : Number.POSITIVE_INFINITY, maxEntries: most }
    this.#cache = new FlightCache(size)
    this.#cosign = new FlightCache(size)
    this.#isKept = most > 0
  }

  /** The result for a bundle: from the cache, from a verification in progress, or from `verify`. */
  async get(
    question: BundleQuestion,
    verify: (cosignRun: SharedRun<Check<'cosign'>>) => Promise<BundleVerdict>,
  ): Promise<{ readonly value: BundleVerdict; readonly cached: boolean }> {
    const key = createHash('sha256')
      .update(JSON.stringify([question, await programAt(question.cosign)]))
      .digest('hex')
    const accepted = ({ verdict }: { readonly verdict: string }): boolean => verdict === 'passed'
    const cosignRun = {
      hasTurn: () => this.#cosign.has(key),
      run: async (begin: () => Promise<Check<'cosign'>>) => {
        if (!this.#isKept) return begin()
        const { value, cached } = await this.#cosign.get(key, begin, accepted)
        if (!cached) this.#outlasting.delete(key)
        return value
      },
      outlast: (end: () => void): boolean => {
        if (!this.#isKept) return false
        if (this.#outlasting.has(key)) return true
        if (this.#outlasting.size >= maxOutlasting) return false
        this.#outlasting.set(key, end)
        return true
      },
    }
    const answer = await this.#cache.get(key, () => verify(cosignRun), accepted)
    // From now on it is part of that, with the time at which it was verified.
    if (accepted(answer.value)) this.#cosign.forget(key)
    return answer
  }

  /** Ends what goes on without a caller: another configuration has replaced this one. */
  close(): void {
    this.#isKept = false
    for (const end of this.#outlasting.values()) end()
  }
}

/** What distinguishes a program file from one that replaced it. */
async function programAt(path: string): Promise<readonly (number | string)[]> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path)
    return [dev, ino, size, mtimeMs, ctimeMs]
  } catch {
    // Running the program will report it.
    return []
  }
}
