import { PolicyError, VerificationError, Verifier } from '@sigstore/verify'
import { appError } from '../../domain/app-error.ts'
import { readBundleFacts, type SignatureFacts, signPredicateType } from '../../domain/bundle/bundle.ts'
import type { SignerCheckId } from '../../domain/gate.ts'
import { type SignerIdentity, sameSigner } from '../../domain/identity.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import { canVerify, readTrust, type Trust } from '../trust/trust-material.ts'
import { authoritiesMissing, type Thresholds } from './distinct-authorities.ts'
import { readBundle } from './read-bundle.ts'
import { type SigningTimes, signedEntity, verifyTimestamps } from './signing-times.ts'
import { checksAfter, type LibraryFailure, whichCheck } from './verify-checks.ts'

/** The checks that are made in-process; `cosign` is cosign's. */
export type InProcessCheckId = Exclude<SignerCheckId, 'cosign'>

export interface BundleVerification {
  readonly facts: SignatureFacts
  /** chain, sct, log, time, digest, predicate, in this order. */
  readonly checks: readonly Check<InProcessCheckId>[]
  /** Whether the signer is the expected one, byte for byte; not-checked without an expectation. */
  readonly signer: Check<'signer'>
}

/**
 * Verifies a bundle in-process against a trusted root: certificate chain, SCT, log inclusion and timestamp with
 * @sigstore/verify, then what the library leaves out: that the statement names this digest, has cosign's predicate
 * type, and that the signer is exactly the expected one. An error means that there was nothing to verify: the bundle is
 * garbage, or the trusted root is.
 */
export function verifyBundle(options: {
  /** The bundle's JSON. */
  readonly bundle: string
  /** The trusted root's JSON. */
  readonly trustedRoot: string
  readonly digest: Digest
  readonly signer?: SignerIdentity
  /** cosign's sign type when left out. */
  readonly predicateType?: string
  /** One of each when left out. */
  readonly thresholds?: Thresholds
}): Result<BundleVerification> {
  const facts = readBundleFacts(options.bundle)
  if (!facts.ok) return facts
  const trust = readTrust(options.trustedRoot)
  if (!trust.ok) return trust
  if (!canVerify()) {
    return err(
      appError(
        'sigstore.no-default-digest',
        'This runtime cannot verify ECDSA signatures without a named digest.',
        'Run the program with Node.js itself.',
        { expected: 'OpenSSL', found: process.versions['electron'] === undefined ? 'another library' : 'BoringSSL' },
      ),
    )
  }
  const { timestamps, signature } = facts.value.bytes
  const times = verifyTimestamps(timestamps, signature, trust.value.timestampAuthorities)
  const failure = runLibrary(options.bundle, { facts: facts.value, times, trust: trust.value }, options.thresholds)
  const proved = times.proved.map(({ time }) => time)
  const checks = checksAfter(failure, facts.value, { proved, sct: options.thresholds?.sct !== 0 })
  return ok({
    facts: facts.value,
    checks: [
      ...checks,
      digestCheck(facts.value, options.digest, failure),
      predicateCheck(facts.value, options.predicateType ?? signPredicateType),
    ],
    signer: signerCheck(facts.value.certificate.signer, options.signer),
  })
}

/** Whether every check passed, and the signer if one is expected. */
export const allPassed = (verification: BundleVerification): boolean =>
  verification.checks.every((check) => check.verdict === 'passed') &&
  (verification.signer.verdict === 'passed' || verification.signer.verdict === 'not-checked')

function runLibrary(
  json: string,
  { facts, times, trust }: { readonly facts: SignatureFacts; readonly times: SigningTimes; readonly trust: Trust },
  least: Thresholds = { log: 1, sct: 1, timestamp: 1 },
): LibraryFailure | undefined {
  const bundle = readBundle(json)
  if (!bundle.ok) {
    const { what, expected, found } = bundle.error
    return { check: 'log', message: `${what} Expected ${expected}; found ${found}.` }
  }
  try {
    const { log: tlogThreshold, sct: ctlogThreshold, timestamp: timestampThreshold } = least
    const verifier = new Verifier(trust.material, { tlogThreshold, ctlogThreshold, timestampThreshold })
    verifier.verify(signedEntity(bundle.value, times))
    return authoritiesMissing(bundle.value, { facts, times }, trust.root, least)
  } catch (error) {
    if (error instanceof VerificationError || error instanceof PolicyError) {
      const check = whichCheck(error.code, error.message)
      return { check, message: [error.message, ...(check === 'time' ? times.problems : [])].join('; ') }
    }
    // Anything else the library throws (ASN.1, validation) is about bytes that it could not parse.
    return { check: 'time', message: error instanceof Error ? error.message : 'unknown' }
  }
}

function digestCheck(
  facts: SignatureFacts,
  digest: Digest,
  failure: LibraryFailure | undefined,
): Check<InProcessCheckId> {
  const expected = `the signed statement names ${digest}`
  const named = facts.subjectDigests.includes(digest)
  if (named && failure?.check === 'digest') {
    return {
      id: 'digest',
      verdict: 'failed',
      expected: 'the certificate\u2019s key signed this statement',
      found: failure.message,
      remedy: 'Sign the image again.',
    }
  }
  return {
    id: 'digest',
    // Without a valid signature the statement's digest proves nothing.
    verdict: named ? (failure === undefined ? 'passed' : 'not-checked') : 'failed',
    expected,
    found: `it names ${named ? digest : facts.subjectDigests.slice(0, 3).join(', ')}`,
    ...(named ? {} : { remedy: 'Sign this very image.' }),
  }
}

function predicateCheck(facts: SignatureFacts, expected: string): Check<InProcessCheckId> {
  const same = facts.predicateType === expected
  return {
    id: 'predicate',
    verdict: same ? 'passed' : 'failed',
    expected,
    found: facts.predicateType,
    ...(same ? {} : { remedy: 'Sign the image with a statement of that type; cosign sign makes its own.' }),
  }
}

function signerCheck(found: SignerIdentity, expected: SignerIdentity | undefined): Check<'signer'> {
  const text = (signer: SignerIdentity): string => `${signer.subject}, issued by ${signer.issuer}`
  if (expected === undefined) {
    return { id: 'signer', verdict: 'not-checked', expected: 'any signer', found: text(found) }
  }
  const same = sameSigner(found, expected)
  return {
    id: 'signer',
    verdict: same ? 'passed' : 'failed',
    expected: text(expected),
    found: text(found),
    ...(same ? {} : { remedy: `Let ${expected.subject} sign the image, with a login at ${expected.issuer}.` }),
  }
}
