import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { SignerCheckId } from '../../domain/gate.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import type { Check } from '../../domain/verdict.ts'
import { FlightCache } from './flight-cache.ts'

/** How a bundle stood up to both verifications. */
export interface BundleVerdict {
  readonly checks: readonly Check<SignerCheckId>[]
  readonly verdict: 'passed' | 'failed' | 'could-not-check'
  /** ISO 8601, UTC. */
  readonly at: string
}

/** Everything that a verification depends on, besides the programs that make it. */
export interface BundleQuestion {
  /** Of the very bytes. */
  readonly bundle: Digest
  /** What the statement has to name. */
  readonly subject: Digest
  readonly predicateType: string
  readonly thresholds: { readonly log: number; readonly sct: number; readonly timestamp: number }
  /** JSON. */
  readonly trustedRoot: string
  /** Path. */
  readonly cosign: string
}

/**
 * Remembers which bundles stood up, as long as nothing that this depends on is another. No time ends it: a signature
 * is held against the time at which it was made, which its bytes prove, and not against today. That the registry still
 * lists it, that its signer is allowed and that the trusted root may still be used is asked each time, elsewhere. What
 * did not stand up is asked again each time. See docs/adr/0006-verified-bundles.md.
 */
export class VerifiedBundles {
  readonly #cache: FlightCache<BundleVerdict>

  /** `most`: how many are remembered; the oldest goes first. With 0 nothing is. */
  constructor(most: number) {
    this.#cache = new FlightCache({ ttlMs: most === 0 ? 0 : Number.POSITIVE_INFINITY, maxEntries: most })
  }

  /** The verdict about a bundle: what is remembered, what somebody else is finding out, or what `verify` says. */
  async get(
    question: BundleQuestion,
    verify: () => Promise<BundleVerdict>,
  ): Promise<{ readonly value: BundleVerdict; readonly cached: boolean }> {
    const key = createHash('sha256')
      .update(JSON.stringify([question, await programAt(question.cosign)]))
      .digest('hex')
    return this.#cache.get(key, verify, ({ verdict }) => verdict === 'passed')
  }
}

/** What tells a program from one that was put in its place. */
async function programAt(path: string): Promise<readonly (number | string)[]> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path)
    return [dev, ino, size, mtimeMs, ctimeMs]
  } catch {
    // Whoever has to run it says so.
    return []
  }
}
