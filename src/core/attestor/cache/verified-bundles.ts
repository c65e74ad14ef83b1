import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { SignerCheckId } from '../../domain/gate.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import type { Check } from '../../domain/verdict.ts'
import { FlightCache } from './flight-cache.ts'
import { type SharedRun, SharedRuns } from './shared-runs.ts'

/** The results of both verifications of a bundle. */
export interface BundleVerdict {
  readonly checks: readonly Check<SignerCheckId>[]
  readonly verdict: 'passed' | 'failed' | 'could-not-check'
  /** When our own checks ran, ISO 8601, UTC. cosign may have run before, for an attestation that timed out. */
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

/**
 * Caches which bundles were verified, as long as nothing that this depends on changes. Entries do not expire: a
 * signature is checked against the time at which it was made, which its bytes prove, not against today. Whether the
 * registry still lists it, its signer is allowed and the trusted root may still be used is checked each time,
 * elsewhere. A failed verification is never cached. See docs/adr/0006-verified-bundles.md.
 */
export class VerifiedBundles {
  readonly #cache: FlightCache<BundleVerdict>
  /** A cosign run may outlive the verification that started it. */
  readonly #cosign: SharedRuns

  /** `most`: the maximum number of entries; the oldest goes first. 0 disables the cache. */
  constructor(most: number) {
    this.#cache = new FlightCache({ ttlMs: most === 0 ? 0 : Number.POSITIVE_INFINITY, maxEntries: most })
    this.#cosign = new SharedRuns(most)
  }

  /** The result for a bundle: from the cache, from a verification in progress, or from `verify`. */
  async get(
    question: BundleQuestion,
    verify: (cosignRun: SharedRun) => Promise<BundleVerdict>,
  ): Promise<{ readonly value: BundleVerdict; readonly cached: boolean }> {
    const key = createHash('sha256')
      .update(JSON.stringify([question, await programAt(question.cosign)]))
      .digest('hex')
    const answer = await this.#cache.get(
      key,
      () => verify(this.#cosign.of(key)),
      ({ verdict }) => verdict === 'passed',
    )
    // cosign's success is part of the cached verdict now.
    if (answer.value.verdict === 'passed') this.#cosign.forget(key)
    return answer
  }

  /** Ends the cosign runs that no attestation waits for: the configuration was replaced. */
  close(): void {
    this.#cosign.close()
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
