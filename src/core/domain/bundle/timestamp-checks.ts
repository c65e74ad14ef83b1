import { bytesToHex } from '@noble/hashes/utils.js'
import { checkSignature, hashes, rsaEncryptionOid, signatureAlgorithms } from '../certificates/public-key.ts'
import type { TrustedAuthority } from '../certificates/trust.ts'
import type { Certificate } from '../certificates/x509.ts'
import type { Check } from '../verdict.ts'
import type { Timestamp } from './timestamp.ts'
import { type AuthorityPath, pathTo } from './timestamp-path.ts'

/** A timestamp checked against a signature and the timestamp authorities of the trusted root. */
export interface CheckedTimestamp {
  /** The certificate that signed it, and those above; empty for an unknown authority. */
  readonly chain: readonly Certificate[]
  readonly authority: TrustedAuthority | null
  readonly checks: readonly Check<TimestampCheckId>[]
}

export type TimestampCheckId = 'imprint' | 'authority' | 'stamp' | 'valid-then'

/**
 * Checks a timestamp: that it covers this signature, and was made by an authority that the trusted root names. The
 * rules are those of cosign (timestamp-authority, pkg/verification; sigstore-go, pkg/root): the trusted root may name
 * only the CA and leave the signer's certificate to the timestamp; the algorithm is any of ECDSA, RSA and Ed25519.
 */
export function checkTimestamp(
  timestamp: Timestamp,
  signature: Uint8Array,
  authorities: readonly TrustedAuthority[],
  check = checkSignature,
): CheckedTimestamp {
  const all = authorities.map((authority) => ({ authority, path: pathTo(timestamp, authority, check) }))
  const tried = all
    .filter(({ path }) => path.chain.length > 0)
    .map(
      ({ authority, path }): CheckedTimestamp => ({
        chain: path.chain,
        authority,
        checks: [
          imprintCheck(timestamp, signature),
          authorityCheck(path),
          stampCheck(timestamp, path.chain[0], check),
          validCheck(timestamp, authority, path.chain),
        ],
      }),
    )
  // Several authorities may have a certificate of this number: one that verifies is enough.
  return (
    tried.find(allPassed) ??
    tried[0] ?? {
      chain: [],
      authority: null,
      checks: [imprintCheck(timestamp, signature), ...unknownAuthority(timestamp)],
    }
  )
}

/** Whether the timestamp proves the time that it states. */
export const allPassed = ({ checks }: CheckedTimestamp): boolean => checks.every(({ verdict }) => verdict === 'passed')

const remedy = 'Sign again, with a timestamp authority that the trusted root names.'

function imprintCheck({ imprint }: Timestamp, signature: Uint8Array): Check<TimestampCheckId> {
  const hash = hashes[imprint.algorithm]
  const found = `${hash?.name ?? imprint.algorithm} ${bytesToHex(imprint.hash)}`
  if (hash === undefined) {
    return { id: 'imprint', verdict: 'could-not-check', expected: 'a hash that this program computes', found, remedy }
  }
  const computed = bytesToHex(hash.of(signature))
  const verdict = computed === bytesToHex(imprint.hash) ? 'passed' : 'failed'
  const expected = `the hash of the signature, ${computed}`
  return { id: 'imprint', verdict, expected, found, ...(verdict === 'passed' ? {} : { remedy }) }
}

const knownAuthority = 'a timestamp authority of the trusted root, each certificate of its chain signed by the next'
const itsKey = 'the authority’s key signed the stamp, and the stamp’s hash is the signed one'
const validThen = 'the authority’s certificates were valid at that time'

function unknownAuthority({ signed }: Timestamp): readonly Check<TimestampCheckId>[] {
  const found = `certificate ${signed.certificate}, unknown`
  return [
    { id: 'authority', verdict: 'failed', expected: knownAuthority, found, remedy },
    { id: 'stamp', verdict: 'not-checked', expected: itsKey, found: 'no key to check with' },
    { id: 'valid-then', verdict: 'not-checked', expected: validThen, found: 'no certificate to look at' },
  ]
}

function authorityCheck({ chain, verdict, problem }: AuthorityPath): Check<TimestampCheckId> {
  const names = chain.map(({ subject }) => subject).join(' ← ')
  const found = problem === undefined ? names : `${names}: ${problem}`
  return {
    id: 'authority',
    verdict,
    expected: knownAuthority,
    found,
    ...(verdict === 'passed' ? {} : { remedy }),
  }
}

function stampCheck(
  { signed }: Timestamp,
  leaf: Certificate | undefined,
  check: typeof checkSignature,
): Check<TimestampCheckId> {
  const expected = itsKey
  const hash = hashes[signed.digestAlgorithm]
  const { name, signatureHash } = algorithmOf(signed)
  const found = name
  if (leaf === undefined || hash === undefined || signatureHash === undefined) {
    return { id: 'stamp', verdict: 'could-not-check', expected, found, remedy }
  }
  if (bytesToHex(hash.of(signed.info)) !== bytesToHex(signed.digest)) {
    return { id: 'stamp', verdict: 'failed', expected, found: 'another stamp was signed', remedy }
  }
  const verdict = check({
    spki: leaf.der.spki,
    message: signed.attributes,
    signature: signed.signature,
    hash: signatureHash,
  })
  return { id: 'stamp', verdict, expected, found, ...(verdict === 'passed' ? {} : { remedy }) }
}

/** RFC 5652 section 5.3 and RFC 3370 section 3.2: RSA takes the hash of the attributes, whichever OID names it. */
function algorithmOf({ algorithm, digestAlgorithm }: Timestamp['signed']) {
  const known = signatureAlgorithms[algorithm]
  const digest = hashes[digestAlgorithm]?.name ?? digestAlgorithm
  if (algorithm === rsaEncryptionOid || known?.name.startsWith('RSA') === true) {
    return { name: `RSA with ${digest}`, signatureHash: digestAlgorithm }
  }
  if (known === undefined) return { name: `algorithm ${algorithm}`, signatureHash: undefined }
  return { name: known.name, signatureHash: known.hash ?? digestAlgorithm }
}

function validCheck(
  { moment, signed }: Timestamp,
  { validFor }: TrustedAuthority,
  chain: readonly Certificate[],
): Check<TimestampCheckId> {
  const within = (at: number, from: string | null, to: string | null): boolean =>
    (from === null || Date.parse(from) <= at) && (to === null || at <= Date.parse(to))
  const expired = chain.find(({ notBefore, notAfter }) => !within(moment, notBefore, notAfter))
  const [leaf] = chain
  const about = expired ?? leaf
  const base = { id: 'valid-then', expected: validThen } as const
  const found = about === undefined ? 'no certificate' : `${about.notBefore} to ${about.notAfter}`
  if (expired !== undefined || leaf === undefined) return { ...base, verdict: 'failed', found, remedy }
  if (signed.moment !== null && !within(signed.moment, leaf.notBefore, leaf.notAfter)) {
    return { ...base, verdict: 'failed', found: `${found}, but another signing time is signed`, remedy }
  }
  if (within(moment, validFor.start, validFor.end)) return { ...base, verdict: 'passed', found }
  const period = `${validFor.start ?? 'any time'} to ${validFor.end ?? 'now'}`
  return { ...base, verdict: 'failed', found: `the trusted root names the authority for ${period}`, remedy }
}
