import { whatAndFound } from '../../domain/app-error.ts'
import { readBundleFacts, type SignatureFacts } from '../../domain/bundle/bundle.ts'
import type { RejectedBundle } from '../../domain/gate.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import { hasLegacySignature, readBundles } from '../../registry/signature-bundles.ts'
import { type Candidate, repositoryName } from './candidates.ts'
import type { GateSays } from './gate-log.ts'
import { type RegistryGate, remedyForNext, type Unread } from './registry.ts'

/** A bundle with a valid signature of this image, by any signer. */
export interface CountingBundle {
  readonly candidate: Candidate
  readonly subject: Digest
  /** Of the blob. */
  readonly digest: Digest
  readonly json: string
  readonly facts: SignatureFacts
}

export interface SignatureGate {
  readonly says: GateSays
  readonly bundles: readonly CountingBundle[]
  readonly rejected: readonly RejectedBundle[]
  /** What could not be read: with these, "no signature" is not certain. */
  readonly unknown: readonly Unread[]
}

const maxBundles = 16
const fewer = 'Delete signatures of the image that are no longer needed.'

/**
 * Gate 4: the registry has signatures of this very image. Who signed, and whether it verifies, is the next gate's
 * question.
 */
export async function signatureGate(
  registry: RegistryGate,
  predicateType: string,
  signal: AbortSignal,
): Promise<SignatureGate> {
  const bundles: CountingBundle[] = []
  const rejected: RejectedBundle[] = []
  const unknown: Unread[] = [...registry.unknown]
  let legacy: LegacyPlace | undefined
  for (const { candidate, subjects } of registry.holders) {
    const repository = { registry: candidate.registry, path: candidate.path, signal }
    for (const subject of subjects) {
      const found = await readBundles(repository, subject)
      const unread = found.ok ? found.value.unread : found.error
      if (unread !== undefined) {
        const why = `${repositoryName(candidate)}: ${unread.found ?? unread.what}`
        unknown.push({ found: why, remedy: remedyForNext(unread) })
      }
      if (!found.ok) continue
      if (found.value.legacy) legacy = 'referrer'
      rejected.push(...found.value.rejected)
      for (const { digest, json } of found.value.bundles) {
        const facts = readBundleFacts(json)
        const reason = facts.ok ? objection(facts.value, subject, predicateType) : whatAndFound(facts.error)
        if (!facts.ok || reason !== undefined) rejected.push({ digest, reason: reason ?? 'unreadable' })
        else if (bundles.length === maxBundles)
          unknown.push({ found: 'more signatures than are verified', remedy: fewer })
        else bundles.push({ candidate, subject, digest, json, facts: facts.value })
      }
    }
  }
  if (bundles.length === 0 && unknown.length === 0 && (await anyLegacy(registry, signal))) legacy ??= 'tag'
  return {
    says: verdictOf(registry, { bundles, rejected, unknown, legacy }),
    bundles,
    rejected: unique(rejected),
    unknown,
  }
}

function objection(facts: SignatureFacts, subject: Digest, predicateType: string): string | undefined {
  if (!facts.subjectDigests.includes(subject)) return `It signs another image, ${facts.subjectDigest}.`
  if (facts.predicateType !== predicateType) return `It is no signature but ${facts.predicateType}.`
  return undefined
}

/** Where the format before bundles keeps signatures. */
const legacyPlaces = { tag: 'tag sha256-\u2026.sig', referrer: 'a referrer without a bundle' } as const
type LegacyPlace = keyof typeof legacyPlaces

const counted = (count: number): string => (count === 1 ? '1 signature' : `${count} signatures`)

/** Queried only to explain why nothing counts. */
async function anyLegacy({ holders }: RegistryGate, signal: AbortSignal): Promise<boolean> {
  for (const { candidate, subjects } of holders) {
    const repository = { registry: candidate.registry, path: candidate.path, signal }
    for (const subject of subjects) if (await hasLegacySignature(repository, subject)) return true
  }
  return false
}

function verdictOf(
  registry: RegistryGate,
  found: Pick<SignatureGate, 'bundles' | 'rejected' | 'unknown'> & { readonly legacy: LegacyPlace | undefined },
): GateSays {
  const { bundles, rejected, unknown, legacy } = found
  const subject = registry.holders[0]?.subjects[0] ?? 'this image'
  const expected = `a signature of ${subject}`
  const [first] = rejected
  const besides = first === undefined ? '' : `; ${rejected.length} not counted: ${first.reason}`
  if (bundles.length > 0) return { verdict: 'passed', expected, found: `${counted(bundles.length)}${besides}` }
  const remedy = 'Sign the image with cosign sign, by its digest.'
  if (unknown[0] !== undefined) return { verdict: 'could-not-check', expected, ...unknown[0] }
  if (legacy !== undefined) {
    return {
      verdict: 'failed',
      expected,
      found: `only one of the legacy format (${legacyPlaces[legacy]}), which is not accepted${besides}`,
      remedy: 'Sign the image with cosign 3, which writes a bundle.',
    }
  }
  if (first === undefined) return { verdict: 'not-present', expected, found: 'no signature', remedy }
  return { verdict: 'failed', expected, found: `none${besides}`, remedy }
}

const unique = (rejected: readonly RejectedBundle[]): readonly RejectedBundle[] => [
  ...new Map(rejected.map((each) => [each.digest, each])).values(),
]
