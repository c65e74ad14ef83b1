import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type DerNode,
  derAt,
  derNode,
  derNodes,
  derOf,
  derOid,
  derTag,
  derTime,
} from '../certificates/certificate-der.ts'
import { checkSignature, hashes, signatureAlgorithms } from '../certificates/public-key.ts'
import type { TrustedAuthority } from '../certificates/trust.ts'
import { type Certificate, extensionOf, isSignedBy, readCertificate } from '../certificates/x509.ts'
import { extensionOids, purposes } from '../certificates/x509-extensions.ts'
import type { Check } from '../verdict.ts'

/** An RFC 3161 timestamp as facts. Hashes and numbers are lower-case hex, the time ISO 8601 UTC. */
export interface Timestamp {
  /** OID. */
  readonly policy: string
  readonly serial: string
  readonly time: string
  /** `1 s`; null when the authority does not state it. */
  readonly accuracy: string | null
  readonly nonce: string | null
  readonly imprint: { readonly algorithm: string; readonly hash: Uint8Array }
  /** What the authority signed over, and with what. */
  readonly signed: {
    readonly info: Uint8Array
    readonly attributes: Uint8Array
    /** The hash of `info` among the attributes. */
    readonly digest: Uint8Array
    readonly digestAlgorithm: string
    readonly algorithm: string
    readonly signature: Uint8Array
    /** Serial number of the signer's certificate. */
    readonly certificate: string
  }
}

const messageDigestOid = '1.2.840.113549.1.9.4'

/** Parses a timestamp response; undefined for anything else. Nothing is verified. */
export function readTimestamp(der: Uint8Array): Timestamp | undefined {
  // TimeStampResp { status, ContentInfo { type, [0] SignedData } }
  const data = derNodes(derAt(derNode(der), 1, 1, 0)?.contents ?? new Uint8Array())
  const content = derAt(data?.[2], 1, 0)
  const info = content?.tag === derTag.octetString ? content.contents : undefined
  const signer = derNodes(data?.at(-1)?.contents ?? new Uint8Array())?.[0]
  const facts = info === undefined ? undefined : readInfo(info)
  const signed = signer === undefined || info === undefined ? undefined : readSigner(signer, info)
  return facts === undefined || signed === undefined ? undefined : { ...facts, signed }
}

function readInfo(info: Uint8Array): Omit<Timestamp, 'signed'> | undefined {
  const [, policy, imprint, serial, time, ...more] = derNodes(derNode(info)?.contents ?? new Uint8Array()) ?? []
  const accuracy = more.find(({ tag }) => tag === derTag.sequence)
  const nonce = more.find(({ tag }) => tag === derTag.integer)
  const facts = { policy: derOid(policy), time: derTime(time), algorithm: derOid(derAt(imprint, 0, 0)) }
  const hash = derAt(imprint, 1)
  if (facts.policy === undefined || facts.time === undefined || facts.algorithm === undefined) return undefined
  if (hash?.tag !== derTag.octetString || serial?.tag !== derTag.integer) return undefined
  return {
    policy: facts.policy,
    time: facts.time,
    serial: bytesToHex(serial.contents).replace(/^(?:00)+(?=..)/, ''),
    accuracy: accuracy === undefined ? null : accuracyText(accuracy),
    nonce: nonce === undefined ? null : bytesToHex(nonce.contents),
    imprint: { algorithm: facts.algorithm, hash: hash.contents },
  }
}

function readSigner(signer: DerNode, info: Uint8Array): Timestamp['signed'] | undefined {
  const [, id, digestAlgorithm, attributes, algorithm, signature] = derNodes(signer.contents) ?? []
  const digest = derNodes(attributes?.contents ?? new Uint8Array())?.find(
    (attribute) => derOid(derAt(attribute, 0)) === messageDigestOid,
  )
  const serial = derAt(id, 1)
  const value = derAt(digest, 1, 0)
  const oids = { digest: derOid(derAt(digestAlgorithm, 0)), algorithm: derOid(derAt(algorithm, 0)) }
  if (attributes?.tag !== 0xa0 || value === undefined || signature?.tag !== derTag.octetString) return undefined
  if (serial === undefined || oids.digest === undefined || oids.algorithm === undefined) return undefined
  return {
    info,
    // RFC 5652 section 5.4: signed as a SET, whatever tag they are sent under.
    attributes: derOf(derTag.set, attributes.contents),
    digest: value.contents,
    digestAlgorithm: oids.digest,
    algorithm: oids.algorithm,
    signature: signature.contents,
    certificate: bytesToHex(serial.contents).replace(/^(?:00)+(?=..)/, ''),
  }
}

function accuracyText(node: DerNode): string {
  const units: Readonly<Record<number, string>> = { [derTag.integer]: 's', 128: 'ms', 129: 'µs' }
  const parts = derNodes(node.contents) ?? []
  return parts.map(({ tag, contents }) => `${Number.parseInt(bytesToHex(contents), 16)} ${units[tag] ?? ''}`).join(' ')
}

/** A timestamp checked against a signature and the timestamp authorities of the trusted root. */
export interface CheckedTimestamp {
  /** The certificate that signed it, and those above; empty for an unknown authority. */
  readonly chain: readonly Certificate[]
  readonly authority: TrustedAuthority | null
  readonly checks: readonly Check<TimestampCheckId>[]
}

export type TimestampCheckId = 'imprint' | 'authority' | 'stamp' | 'valid-then'

/** Checks a timestamp: that it covers this signature, and was made by an authority that the trusted root names. */
export function checkTimestamp(
  timestamp: Timestamp,
  signature: Uint8Array,
  authorities: readonly TrustedAuthority[],
): CheckedTimestamp {
  const found = authorities
    .map((authority) => ({
      authority,
      chain: authority.chain.map(readCertificate).flatMap((it) => (it.ok ? [it.value] : [])),
    }))
    .find(({ chain }) => chain[0]?.serial === timestamp.signed.certificate)
  const [leaf] = found?.chain ?? []
  return {
    chain: found?.chain ?? [],
    authority: found?.authority ?? null,
    checks: [
      imprintCheck(timestamp, signature),
      authorityCheck(timestamp, found?.chain ?? []),
      stampCheck(timestamp, leaf),
      validCheck(timestamp, leaf),
    ],
  }
}

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

function authorityCheck({ signed }: Timestamp, chain: readonly Certificate[]): Check<TimestampCheckId> {
  const expected = 'a timestamp authority of the trusted root, each certificate of its chain signed by the next'
  const [leaf] = chain
  if (leaf === undefined) {
    return { id: 'authority', verdict: 'failed', expected, found: `certificate ${signed.certificate}, unknown`, remedy }
  }
  const usage = extensionOf(leaf, extensionOids.extendedKeyUsage)
  const forStamps = usage !== undefined && purposes(derNode(usage.value))?.includes('timeStamping') === true
  const links = chain.slice(0, -1).map((certificate, at) => {
    const issuer = chain[at + 1]
    return issuer === undefined ? 'failed' : isSignedBy(certificate, issuer)
  })
  const weak =
    links.includes('failed') || !forStamps ? 'failed' : links.includes('could-not-check') ? 'could-not-check' : 'passed'
  const found = chain.map(({ subject }) => subject).join(' ← ')
  return { id: 'authority', verdict: weak, expected, found, ...(weak === 'passed' ? {} : { remedy }) }
}

function stampCheck({ signed }: Timestamp, leaf: Certificate | undefined): Check<TimestampCheckId> {
  const expected = 'the authority’s key signed the stamp, and the stamp’s hash is the signed one'
  const found = signatureAlgorithms[signed.algorithm]?.name ?? `algorithm ${signed.algorithm}`
  const hash = hashes[signed.digestAlgorithm]
  if (leaf === undefined) return { id: 'stamp', verdict: 'not-checked', expected, found: 'no key to check with' }
  if (hash === undefined) return { id: 'stamp', verdict: 'could-not-check', expected, found, remedy }
  if (bytesToHex(hash.of(signed.info)) !== bytesToHex(signed.digest)) {
    return { id: 'stamp', verdict: 'failed', expected, found: 'another stamp was signed', remedy }
  }
  const verdict = checkSignature({
    spki: leaf.der.spki,
    message: signed.attributes,
    signature: signed.signature,
    hash: signatureAlgorithms[signed.algorithm]?.hash ?? signed.digestAlgorithm,
  })
  return { id: 'stamp', verdict, expected, found, ...(verdict === 'passed' ? {} : { remedy }) }
}

function validCheck({ time }: Timestamp, leaf: Certificate | undefined): Check<TimestampCheckId> {
  const expected = 'the authority’s certificate was valid at that time'
  if (leaf === undefined)
    return { id: 'valid-then', verdict: 'not-checked', expected, found: 'no certificate to look at' }
  const verdict = leaf.notBefore <= time && time <= leaf.notAfter ? 'passed' : 'failed'
  const found = `${leaf.notBefore} to ${leaf.notAfter}`
  return { id: 'valid-then', verdict, expected, found, ...(verdict === 'passed' ? {} : { remedy }) }
}
