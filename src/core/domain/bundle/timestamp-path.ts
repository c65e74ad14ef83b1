import { bytesToHex } from '@noble/hashes/utils.js'
import { derNode } from '../certificates/certificate-der.ts'
import type { checkSignature, SignatureVerdict } from '../certificates/public-key.ts'
import type { TrustedAuthority } from '../certificates/trust.ts'
import { type Certificate, extensionOf, isSignedBy, readCertificate } from '../certificates/x509.ts'
import { basicConstraints, extensionOids, keyUsages, purposes } from '../certificates/x509-extensions.ts'
import type { Timestamp } from './timestamp.ts'

/** The certificates from the one that signed a timestamp to the root of an authority. */
export interface AuthorityPath {
  /** Empty when the authority has no certificate of this issuer and number; otherwise begins with the signer's. */
  readonly chain: readonly Certificate[]
  readonly verdict: SignatureVerdict
  readonly problem?: string
}

const longest = 8

/**
 * Finds the path from a timestamp's signer to an authority's root. The signer's certificate is in the timestamp, or,
 * when that carries none, the first one of the authority's chain. A CA in its place means that the chain names no
 * signer (sigstore-go, pkg/root, ParseTimestampingAuthority).
 */
export function pathTo(timestamp: Timestamp, authority: TrustedAuthority, check: typeof checkSignature): AuthorityPath {
  const [chain, others] = [readAll(authority.chain), readAll(timestamp.certificates)]
  const none: AuthorityPath = { chain: [], verdict: 'failed' }
  if (chain === undefined || others === undefined) return none
  const [first] = chain
  const named = first === undefined || isAuthority(first) ? undefined : first
  const signer = (others.length === 0 && named !== undefined ? [named] : others).find((each) => isOf(each, timestamp))
  if (signer === undefined) return none
  const above = named === undefined ? chain : chain.slice(1)
  const [root] = above.slice(-1)
  if (root === undefined) return { chain: [signer], verdict: 'failed', problem: 'the trusted root names no CA for it' }
  if (named !== undefined && named.fingerprint !== signer.fingerprint) {
    // Unless the number is the same by chance, this is another authority.
    return isOf(named, timestamp)
      ? { chain: [signer], verdict: 'failed', problem: 'the trusted root names another certificate of this number' }
      : none
  }
  const found = climb([signer], root, [...above.slice(0, -1), ...others], check)
  if (found.verdict === 'failed' && found.problem === undefined && named === undefined) return none
  const problem = found.problem ?? signerProblem(signer)
  return problem === undefined || found.verdict === 'failed'
    ? found
    : { chain: found.chain, verdict: 'failed', problem }
}

/** Undefined if one of them cannot be read. */
function readAll(ders: readonly Uint8Array[]): readonly Certificate[] | undefined {
  const read = ders.map(readCertificate).flatMap((it) => (it.ok ? [it.value] : []))
  return read.length === ders.length ? read : undefined
}

const isOf = ({ serial, der }: Certificate, { signed }: Timestamp): boolean =>
  serial === signed.certificate && bytesToHex(der.issuer) === bytesToHex(signed.issuer)

/** Goes up to the root, through certificates that may be between. */
function climb(
  below: readonly Certificate[],
  root: Certificate,
  between: readonly Certificate[],
  check: typeof checkSignature,
): AuthorityPath {
  const top = below.at(-1)
  let best: AuthorityPath = { chain: below, verdict: 'failed' }
  if (top === undefined || below.length === longest) return best
  for (const next of [root, ...between]) {
    if (below.some(({ fingerprint }) => fingerprint === next.fingerprint)) continue
    const signed = isSignedBy(top, next, check)
    if (signed === 'failed') continue
    const problem = issuerProblem(next, below.length - 1)
    const isRoot = next.fingerprint === root.fingerprint
    const path: AuthorityPath =
      problem !== undefined
        ? { chain: [...below, next], verdict: 'failed', problem }
        : isRoot
          ? { chain: [...below, next], verdict: signed }
          : climb([...below, next], root, between, check)
    const verdict = signed === 'could-not-check' && path.verdict === 'passed' ? signed : path.verdict
    if (verdict === 'passed') return path
    if (best.verdict === 'failed' && (path.problem !== undefined || verdict === 'could-not-check')) {
      best = { ...path, verdict }
    }
  }
  return best
}

/** What RFC 3161, section 2.3, requires of the certificate that signs timestamps. */
function signerProblem(signer: Certificate): string | undefined {
  const usage = extensionOf(signer, extensionOids.extendedKeyUsage)
  if (isAuthority(signer)) return 'a CA\u2019s certificate signed the timestamp'
  if (usage?.critical !== true || purposes(derNode(usage.value))?.join() !== 'timeStamping') {
    return 'its extended key usage is not timeStamping alone, marked critical'
  }
  return unknownCritical(signer)
}

/** Whether a certificate may stand above this many other CAs of a path (RFC 5280, section 6.1.4). */
function issuerProblem(issuer: Certificate, below: number): string | undefined {
  const constraints = constraintsOf(issuer)
  const usage = extensionOf(issuer, extensionOids.keyUsage)
  const purpose = extensionOf(issuer, extensionOids.extendedKeyUsage)
  if (constraints?.authority !== true) return `${issuer.subject} is not the certificate of a CA`
  if (usage !== undefined && keyUsages(derNode(usage.value))?.includes('keyCertSign') !== true) {
    return `the key of ${issuer.subject} may not sign certificates`
  }
  if (constraints.length !== undefined && below > constraints.length)
    return `${issuer.subject} allows fewer CAs below it`
  const allowed = purpose === undefined ? [anyPurpose] : (purposes(derNode(purpose.value)) ?? [])
  if (!allowed.some((each) => each === 'timeStamping' || each === anyPurpose)) {
    return `${issuer.subject} is not for timestamps`
  }
  return unknownCritical(issuer)
}

const anyPurpose = '2.5.29.37.0'

const constraintsOf = (certificate: Certificate) =>
  basicConstraints(derNode(extensionOf(certificate, extensionOids.basicConstraints)?.value ?? new Uint8Array()))

const isAuthority = (certificate: Certificate): boolean => constraintsOf(certificate)?.authority === true

// Certificate policies restrict nothing here, and the names of an authority play no part.
const understood: readonly string[] = [...Object.values(extensionOids), '2.5.29.14', '2.5.29.32', '2.5.29.35']

/** RFC 5280, section 4.2: a critical extension that is not understood rejects the certificate. */
function unknownCritical({ extensions, subject }: Certificate): string | undefined {
  const unknown = extensions.find(({ critical, oid }) => critical && !understood.includes(oid))
  return unknown === undefined ? undefined : `${subject} has an unknown critical extension ${unknown.oid}`
}
