import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { leafHash } from '../log/merkle.ts'
import { derNode, derNodes, derOf, derOid, derTag } from './certificate-der.ts'
import { type Certificate, extensionOf } from './x509.ts'

/** OIDs of RFC 6962: the list of SCTs, and the poison that only a precertificate has. */
export const sctListOid = '1.3.6.1.4.1.11129.2.4.2'
export const poisonOid = '1.3.6.1.4.1.11129.2.4.3'

/** A signed certificate timestamp (RFC 6962 section 3.2): a log's promise to record a certificate. */
export interface Sct {
  /** 0 is v1. */
  readonly version: number
  /** Lower-case hex. */
  readonly logId: string
  /** Milliseconds since 1970, as the log wrote them. */
  readonly timestampMs: number
  /** All of the extensions' bytes. */
  readonly extensions: Uint8Array
  /** Where a static CT log (https://c2sp.org/static-ct-api) puts the certificate; decimal, null if it is not stated. */
  readonly leafIndex: string | null
  readonly hashAlgorithm: string
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
}

/** The SCTs of a certificate: none when it has no list, undefined when the list cannot be read. */
export function sctsOf(certificate: Certificate): readonly Sct[] | undefined {
  const extension = extensionOf(certificate, sctListOid)
  if (extension === undefined) return []
  const list = derNode(extension.value)
  if (list?.tag !== derTag.octetString) return undefined
  const reader = new TlsReader(list.contents)
  const items = new TlsReader(reader.vector(2))
  const scts: Sct[] = []
  while (!items.isEmpty && scts.length < 32) {
    const sct = readSct(items.vector(2))
    if (sct === undefined) return undefined
    scts.push(sct)
  }
  return reader.broken || !reader.isEmpty || items.broken || !items.isEmpty ? undefined : scts
}

function readSct(bytes: Uint8Array): Sct | undefined {
  const reader = new TlsReader(bytes)
  const version = reader.number(1)
  const logId = bytesToHex(reader.take(32))
  const timestampMs = reader.number(8)
  const extensions = reader.vector(2)
  const [hash, signer] = [reader.number(1), reader.number(1)]
  const signature = reader.vector(2)
  if (reader.broken || !reader.isEmpty || !Number.isSafeInteger(timestampMs)) return undefined
  return {
    version,
    logId,
    timestampMs,
    extensions,
    leafIndex: leafIndexOf(extensions),
    hashAlgorithm: hashNames[hash] ?? `number ${hash}`,
    signatureAlgorithm: signerNames[signer] ?? `number ${signer}`,
    signature,
  }
}

// RFC 5246 section 7.4.1.4.1.
const hashNames: Readonly<Record<number, string>> = { 4: 'SHA-256', 5: 'SHA-384', 6: 'SHA-512' }
const signerNames: Readonly<Record<number, string>> = { 1: 'RSA', 3: 'ECDSA' }

/** Extension 0 of the static CT API is the leaf's index in 40 bits. */
function leafIndexOf(extensions: Uint8Array): string | null {
  const reader = new TlsReader(extensions)
  while (!reader.isEmpty) {
    const [type, data] = [reader.number(1), reader.vector(2)]
    if (reader.broken) return null
    if (type === 0) return data.length === 5 ? String(new TlsReader(data).number(5)) : null
  }
  return null
}

/** The precertificate's body: the certificate's, without its list of SCTs. Undefined when it has none. */
export function precertificateBody(certificate: Certificate): Uint8Array | undefined {
  const fields = derNodes(derNode(certificate.der.tbs)?.contents ?? new Uint8Array())
  const last = fields?.at(-1)
  const items = last?.tag === 0xa3 ? derNodes(derNode(last.contents)?.contents ?? new Uint8Array()) : undefined
  const kept = items?.filter((item) => derOid(derNodes(item.contents)?.[0]) !== sctListOid)
  if (fields === undefined || items === undefined || kept === undefined || kept.length === items.length) {
    return undefined
  }
  const list = derOf(derTag.sequence, ...kept.map(({ whole }) => whole))
  return derOf(derTag.sequence, ...fields.slice(0, -1).map(({ whole }) => whole), derOf(0xa3, list))
}

/** SHA-256 of the issuing CA's SubjectPublicKeyInfo, which the log uses in the precertificate's place. */
export const issuerKeyHash = (issuer: Certificate): Uint8Array => sha256(issuer.der.spki)

interface Logged {
  readonly sct: Sct
  readonly issuerKeyHash: Uint8Array
  readonly body: Uint8Array
}

/** The log's content for a precertificate, without the leaf around it (RFC 6962 section 3.4). */
const timestampedEntry = ({ sct, issuerKeyHash: hash, body }: Logged): Uint8Array =>
  concatBytes(
    tlsNumber(sct.timestampMs, 8),
    // entry type: precert_entry
    tlsNumber(1, 2),
    hash,
    tlsVector(body, 3),
    tlsVector(sct.extensions, 2),
  )

/** The bytes that the log signed: version, certificate_timestamp, and the entry (RFC 6962 section 3.2). */
export const signedBytes = (logged: Logged): Uint8Array =>
  concatBytes(Uint8Array.of(logged.sct.version, 0), timestampedEntry(logged))

/** The hash of the leaf that fulfils the SCT: version, timestamped_entry, and the entry. */
export const promisedLeafHash = (logged: Logged): string =>
  bytesToHex(leafHash(concatBytes(Uint8Array.of(logged.sct.version, 0), timestampedEntry(logged))))

/** An unsigned integer in this many bytes, big-endian. */
function tlsNumber(value: number, length: number): Uint8Array {
  return hexToBytes(value.toString(16).padStart(length * 2, '0'))
}

const tlsVector = (bytes: Uint8Array, lengthBytes: number): Uint8Array =>
  concatBytes(tlsNumber(bytes.length, lengthBytes), bytes)

/** Reads TLS's presentation language (RFC 8446 section 3). Missing bytes read as nothing, and set `broken`. */
export class TlsReader {
  readonly #bytes: Uint8Array
  #at = 0
  #broken = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isEmpty(): boolean {
    return this.#broken || this.#at === this.#bytes.length
  }

  get broken(): boolean {
    return this.#broken
  }

  /** How many bytes have been read. */
  get at(): number {
    return this.#at
  }

  take(length: number): Uint8Array {
    const end = this.#at + length
    if (this.#broken || end > this.#bytes.length) {
      this.#broken = true
      return new Uint8Array()
    }
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** An unsigned integer in this many bytes. */
  number(length: number): number {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0)
  }

  /** Bytes preceded by their length, in this many bytes. */
  vector(lengthBytes: number): Uint8Array {
    return this.take(this.number(lengthBytes))
  }
}
