import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { derAt, derNode, derOf, derOid, derTag } from './certificate-der.ts'

/** Hash functions by the OIDs that certificates and timestamps use. */
export const hashes: Readonly<
  Record<string, { readonly name: string; readonly of: (bytes: Uint8Array) => Uint8Array }>
> = {
  '2.16.840.1.101.3.4.2.1': { name: 'SHA-256', of: sha256 },
  '2.16.840.1.101.3.4.2.2': { name: 'SHA-384', of: sha384 },
  '2.16.840.1.101.3.4.2.3': { name: 'SHA-512', of: sha512 },
}

/** Signature algorithms by OID, with the hash that each of them uses; null if the algorithm hashes by itself. */
export const signatureAlgorithms: Readonly<Record<string, { readonly name: string; readonly hash: string | null }>> = {
  '1.2.840.10045.4.3.2': { name: 'ECDSA with SHA-256', hash: '2.16.840.1.101.3.4.2.1' },
  '1.2.840.10045.4.3.3': { name: 'ECDSA with SHA-384', hash: '2.16.840.1.101.3.4.2.2' },
  '1.2.840.10045.4.3.4': { name: 'ECDSA with SHA-512', hash: '2.16.840.1.101.3.4.2.3' },
  '1.3.101.112': { name: 'Ed25519', hash: null },
  '1.2.840.113549.1.1.11': { name: 'RSA with SHA-256', hash: '2.16.840.1.101.3.4.2.1' },
  '1.2.840.113549.1.1.12': { name: 'RSA with SHA-384', hash: '2.16.840.1.101.3.4.2.2' },
  '1.2.840.113549.1.1.13': { name: 'RSA with SHA-512', hash: '2.16.840.1.101.3.4.2.3' },
}

const curves: Readonly<Record<string, { readonly name: string; readonly curve: typeof p256 }>> = {
  '1.2.840.10045.3.1.7': { name: 'EC P-256', curve: p256 },
  '1.3.132.0.34': { name: 'EC P-384', curve: p384 },
  '1.3.132.0.35': { name: 'EC P-521', curve: p521 },
}
/** The OID of RSA keys. As a signature's algorithm it leaves the hash to others. */
export const rsaEncryptionOid = '1.2.840.113549.1.1.1'
const [ecKey, ed25519Key, rsaKey] = ['1.2.840.10045.2.1', '1.3.101.112', rsaEncryptionOid]

/** The kind of key in a SubjectPublicKeyInfo (DER), in words. */
export function keyName(spki: Uint8Array): string {
  const [algorithm, curve] = [derOid(derAt(derNode(spki), 0, 0)), derOid(derAt(derNode(spki), 0, 1))]
  if (algorithm === ecKey) return curves[curve ?? '']?.name ?? `EC on curve ${curve ?? 'unknown'}`
  if (algorithm === ed25519Key) return 'Ed25519'
  return algorithm === rsaKey ? 'RSA' : `of algorithm ${algorithm ?? 'unknown'}`
}

/**
 * The result of checking a signature. `could-not-check` is a key or an algorithm that this program does not implement.
 */
export type SignatureVerdict = 'passed' | 'failed' | 'could-not-check'

/** A signature, and the key in SubjectPublicKeyInfo (DER) that is said to have made it. */
export interface SignatureSpec {
  readonly spki: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** OID; SHA-256 when left out. Ed25519 ignores it. */
  readonly hash?: string
}

/**
 * Checks a signature: ECDSA on P-256, P-384 and P-521 (DER signature, over the hash with this OID), RSA PKCS #1 v1.5
 * and Ed25519. Garbage in the signature fails; it never throws.
 */
export function checkSignature(spec: SignatureSpec): SignatureVerdict {
  const key = derNode(spec.spki)
  const algorithm = derOid(derAt(key, 0, 0))
  const point = derAt(key, 1)?.contents.subarray(1)
  if (point === undefined) return 'could-not-check'
  try {
    if (algorithm === ed25519Key) return worded(ed25519.verify(spec.signature, spec.message, point, { zip215: false }))
    if (algorithm === rsaKey) return checkRsa(spec, point)
    const curve = algorithm === ecKey ? curves[derOid(derAt(key, 0, 1)) ?? '']?.curve : undefined
    const hash = hashes[spec.hash ?? '2.16.840.1.101.3.4.2.1']
    if (curve === undefined || hash === undefined) return 'could-not-check'
    const options = { prehash: false, format: 'der', lowS: false } as const
    return worded(curve.verify(spec.signature, hash.of(spec.message), point, options))
  } catch {
    return 'failed'
  }
}

const worded = (good: boolean): SignatureVerdict => (good ? 'passed' : 'failed')

/** RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2). Only public values are computed with, so time reveals nothing. */
function checkRsa({ hash = '2.16.840.1.101.3.4.2.1', message, signature }: SignatureSpec, key: Uint8Array) {
  const [modulus, exponent] = [0, 1].map((at) => derAt(derNode(key), at)?.contents ?? new Uint8Array())
  const [n, e] = [modulus, exponent].map((bytes) => BigInt(`0x0${bytesToHex(bytes ?? new Uint8Array())}`))
  const known = hashes[hash]
  if (n === undefined || e === undefined || known === undefined) return 'could-not-check'
  const bits = n.toString(2).length
  if (bits < 1024 || bits > 8192 || e < 3n || e > 0xffffffffn || e % 2n === 0n) return 'could-not-check'
  const length = Math.ceil(bits / 8)
  const s = BigInt(`0x0${bytesToHex(signature)}`)
  if (signature.length !== length || s >= n) return 'failed'
  const info = derOf(
    derTag.sequence,
    derOf(derTag.sequence, hexToBytes(digestOids[hash] ?? ''), Uint8Array.of(5, 0)),
    derOf(derTag.octetString, known.of(message)),
  )
  const padding = new Uint8Array(length - info.length - 3).fill(0xff)
  const expected = bytesToHex(concatBytes(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info))
  return worded(
    power(s, e, n)
      .toString(16)
      .padStart(length * 2, '0') === expected,
  )
}

/** The hash functions' OIDs in DER. */
const digestOids: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': '0609608648016503040201',
  '2.16.840.1.101.3.4.2.2': '0609608648016503040202',
  '2.16.840.1.101.3.4.2.3': '0609608648016503040203',
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
