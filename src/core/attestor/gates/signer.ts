import { type AppError, whatAndFound } from '../../domain/app-error.ts'
import { sourceRepositoryOid } from '../../domain/certificates/certificate-extensions.ts'
import { type SignerCheckId, signerCheckIds, type VerifiedSignature } from '../../domain/gate.ts'
import type { SignerIdentity } from '../../domain/identity.ts'
import type { Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import { allPassed, verifyBundle } from '../../sigstore/verify/verify-bundle.ts'
import type { SharedRun } from '../cache/shared-runs.ts'
import type { BundleVerdict, VerifiedBundles } from '../cache/verified-bundles.ts'
import { matchesName } from '../config/name-pattern.ts'
import type { AllowedSigner, AttestorConfig } from '../config/schema.ts'
import { askCosign, type CosignTools } from './ask-cosign.ts'
import { repositoryName } from './candidates.ts'
import type { GateSays } from './gate-log.ts'
import type { Unread } from './registry.ts'
import type { CountingBundle, SignatureGate } from './signature.ts'

export interface SignerGate {
  readonly says: GateSays
  readonly signatures: readonly VerifiedSignature[]
  /** Signatures that count and could not be checked: the next attestation may find them valid. */
  readonly unchecked: readonly Unread[]
}

/** What verifying needs. */
export interface SignerTools extends CosignTools {
  /** The trusted root (JSON) of this attestation, for both verifications. */
  readonly trustedRoot: Result<string>
  /** Bundles that were verified before. */
  readonly verified: VerifiedBundles
  readonly policy: Pick<AttestorConfig, 'signers' | 'predicateType' | 'thresholds'>
}

interface Verified extends BundleVerdict {
  readonly bundle: CountingBundle
  /** Whether it was computed before, for another caller. */
  readonly remembered: boolean
}

/** Gate 5: the very bundle is verified by cosign and in-process. Both must agree. */
export async function signerGate(signature: SignatureGate, tools: SignerTools): Promise<SignerGate> {
  const counting = signature.bundles.filter((bundle) => isAllowed(bundle, tools.policy.signers))
  if (counting.length === 0) return { says: nobodyAllowed(signature), signatures: [], unchecked: [] }
  const { trustedRoot } = tools
  if (!trustedRoot.ok) return { says: withoutTrust(trustedRoot.error), signatures: [], unchecked: [] }
  const verified = await Promise.all(counting.map((bundle) => ask(bundle, trustedRoot.value, tools)))
  const passed = verified.filter((each) => each.verdict === 'passed')
  const unknown = verified.filter((each) => each.verdict === 'could-not-check')
  const unchecked = unknown.map(whyUnchecked)
  const shown = passed[0] ?? unknown[0] ?? verified[0]
  const expected = 'a signature that passes cosign and our own checks'
  const signatures = passed.map(({ bundle }) => factsOf(bundle))
  if (shown === undefined) throw new Error('unreachable: the signature gate passed without a bundle')
  const { checks, bundle } = shown
  if (passed.length > 0) {
    const names = [...new Set(signatures.map(({ signer }) => nameOf(signer)))].join('; ')
    const found = shown.remembered ? `${names} (verified at ${shown.at}, from the cache)` : names
    // Why a selector may be missing although the gate passes.
    const besides = unchecked[0] === undefined ? '' : `; not checked: ${unchecked[0].found}`
    return { says: { verdict: 'passed', expected, found: `${found}${besides}`, checks }, signatures, unchecked }
  }
  const wrong = checks.find((check) => check.verdict !== 'passed' && check.verdict !== 'not-checked')
  const verdict = unknown.length > 0 || signature.unknown.length > 0 ? 'could-not-check' : 'failed'
  return {
    says: {
      verdict,
      expected,
      ...withUnread(signature, {
        found: `${bundle.digest}: ${wrong === undefined ? 'no check passed' : `${wrong.id}: ${wrong.found}`}`,
        remedy: wrong?.remedy ?? 'Sign the image again.',
      }),
      checks,
    },
    signatures,
    unchecked,
  }
}

function whyUnchecked({ bundle, checks }: Verified): Unread {
  const check = checks.find(({ verdict }) => verdict === 'could-not-check')
  return {
    found: `${nameOf(bundle.facts.certificate.signer)}: ${check?.found ?? 'no check passed'}`,
    remedy: check?.remedy ?? 'Start the workload again.',
  }
}

/** Checked before anything is verified: what does not count needs no cosign. */
const isAllowed = ({ facts }: CountingBundle, allowed: readonly AllowedSigner[] | undefined): boolean =>
  allowed === undefined ||
  allowed.some(
    ({ issuer, subject }) =>
      matchesName(issuer, facts.certificate.signer.issuer) && matchesName(subject, facts.certificate.signer.subject),
  )

/** With a part that could not be read, the remedy is to make that readable: it may contain the right signature. */
const withUnread = ({ unknown: [first] }: SignatureGate, { found, remedy }: Unread): Unread =>
  first === undefined ? { found, remedy } : { found: `${found}; not read: ${first.found}`, remedy: first.remedy }

function nobodyAllowed(signature: SignatureGate): GateSays {
  const { bundles, unknown } = signature
  const names = bundles.map(({ facts: { certificate } }) => nameOf(certificate.signer))
  return {
    // The unread part may contain an allowed signer.
    verdict: unknown.length > 0 ? 'could-not-check' : 'failed',
    expected: 'a signer whom the plugin\u2019s configuration allows',
    ...withUnread(signature, {
      found: [...new Set(names)].slice(0, 4).join('; '),
      remedy: 'Let an allowed signer sign the image, or name this one, with the issuer, under "signers".',
    }),
  }
}

const withoutTrust = (error: AppError): GateSays => ({
  verdict: 'could-not-check',
  expected: 'a trusted root to hold the signature against',
  found: whatAndFound(error),
  remedy: error.remedy,
})

const nameOf = ({ subject, issuer }: SignerIdentity): string => `${subject}, issued by ${issuer}`

/** The cached result for a bundle, or else both verifications. */
async function ask(bundle: CountingBundle, trustedRoot: string, tools: SignerTools): Promise<Verified> {
  const { predicateType, thresholds } = tools.policy
  const { digest, subject } = bundle
  const question = { bundle: digest, subject, predicateType, thresholds, trustedRoot, cosign: tools.cosign }
  const { value, cached } = await tools.verified.get(question, (cosignRun) =>
    verify(bundle, trustedRoot, tools, cosignRun),
  )
  return { ...value, bundle, remembered: cached }
}

async function verify(
  bundle: CountingBundle,
  trustedRoot: string,
  tools: SignerTools,
  cosignRun: SharedRun,
): Promise<BundleVerdict> {
  const at = new Date().toISOString()
  const { signer } = bundle.facts.certificate
  const asked = askCosign(bundle, trustedRoot, tools, cosignRun)
  // cosign works in a process of its own: once it has started, the other verification costs no time.
  await new Promise((resolve) => setImmediate(resolve))
  const inProcess = verifyBundle({
    bundle: bundle.json,
    trustedRoot,
    digest: bundle.subject,
    signer,
    predicateType: tools.policy.predicateType,
    thresholds: tools.policy.thresholds,
  })
  // A bundle that failed our own checks is rejected anyway, so its cosign run is not worth a slot.
  if (inProcess.ok && allPassed(inProcess.value)) asked.mayContinue()
  const cosign = await asked.check
  if (!inProcess.ok) {
    const missing = signerCheckIds.map((id): Check<SignerCheckId> => {
      if (id === 'cosign') return cosign
      const found = whatAndFound(inProcess.error)
      return { id, verdict: 'could-not-check', expected: 'it can be checked', found, remedy: inProcess.error.remedy }
    })
    return { checks: missing, verdict: 'could-not-check', at }
  }
  const checks = [...inProcess.value.checks, cosign]
  if (!allPassed(inProcess.value)) return { checks, verdict: 'failed', at }
  const verdict = cosign.verdict === 'passed' || cosign.verdict === 'could-not-check' ? cosign.verdict : 'failed'
  return { checks, verdict, at }
}

function factsOf(bundle: CountingBundle): VerifiedSignature {
  const { certificate, logEntry } = bundle.facts
  const source = certificate.extensions.find((extension) => extension.oid === sourceRepositoryOid)?.value
  return {
    signer: certificate.signer,
    repository: repositoryName(bundle.candidate),
    imageDigest: bundle.subject,
    logId: logEntry.logId,
    logIndex: logEntry.logIndex,
    ...(source === undefined ? {} : { sourceRepository: source }),
  }
}
