import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type AppError, appError } from '../app-error.ts'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { err, ok, type Result } from '../result.ts'
import { type DerNode, derAt, derNode, derNodes, derOid, derTag, derTime } from './certificate-der.ts'
import { checkSignature, keyName, type SignatureVerdict, signatureAlgorithms } from './public-key.ts'

/** Any X.509 certificate as facts (RFC 5280). Hashes and the serial number are lower-case hex, times ISO 8601 UTC. */
export interface Certificate {
  readonly version: number
  readonly serial: string
  readonly signatureAlgorithm: string
  /** `O=sandbox, CN=fulcio`; empty when the name is empty. */
  readonly issuer: string
  readonly subject: string
  readonly notBefore: string
  readonly notAfter: string
  /** In words, `EC P-256`. */
  readonly publicKey: string
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKeyHash: string
  /** SHA-256 of the DER. */
  readonly fingerprint: string
  readonly extensions: readonly CertificateExtension[]
  readonly der: {
    readonly tbs: Uint8Array
    readonly spki: Uint8Array
    readonly issuer: Uint8Array
    readonly subject: Uint8Array
    readonly signature: Uint8Array
    /** OID. */
    readonly algorithm: string
  }
}

export interface CertificateExtension {
  readonly oid: string
  readonly critical: boolean
  /** The content of the OCTET STRING. */
  readonly value: Uint8Array
}

/** Reads a certificate in DER. Malformed bytes are an error; nothing is verified. */
export function readCertificate(der: Uint8Array): Result<Certificate> {
  const whole = derNode(der)
  const body = readBody(derAt(whole, 0))
  const algorithm = derOid(derAt(whole, 1, 0))
  const signature = derAt(whole, 2)
  if (body === undefined || algorithm === undefined || signature?.tag !== derTag.bitString) return err(unreadable)
  const { parts, ...facts } = body
  return ok({
    ...facts,
    signatureAlgorithm: signatureAlgorithms[algorithm]?.name ?? algorithm,
    publicKey: keyName(parts.spki),
    publicKeyHash: bytesToHex(sha256(parts.spki)),
    fingerprint: bytesToHex(sha256(der)),
    der: { ...parts, signature: signature.contents.subarray(1), algorithm },
  })
}

/** The fields of the signed part. */
function readBody(tbs: DerNode | undefined) {
  const all = derNodes(tbs?.contents ?? new Uint8Array()) ?? []
  // Version 1 is the default, and so is not encoded.
  const version = all[0]?.tag === 0xa0 ? derNode(all[0].contents)?.contents.at(-1) : 0
  const [serial, , issuer, validity, subject, spki, ...rest] = all[0]?.tag === 0xa0 ? all.slice(1) : all
  const times = timesOf(validity)
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa3))
  const names = { issuer: nameOf(issuer), subject: nameOf(subject) }
  if (tbs === undefined || issuer === undefined || subject === undefined || spki === undefined) return undefined
  if (times === undefined || extensions === undefined || names.issuer === undefined || names.subject === undefined) {
    return undefined
  }
  if (serial?.tag !== derTag.integer || version === undefined) return undefined
  return {
    version: version + 1,
    serial: bytesToHex(serial.contents).replace(/^(?:00)+(?=..)/, ''),
    issuer: names.issuer,
    subject: names.subject,
    ...times,
    extensions,
    parts: { tbs: tbs.whole, spki: spki.whole, issuer: issuer.whole, subject: subject.whole },
  }
}

function timesOf(validity: DerNode | undefined): { readonly notBefore: string; readonly notAfter: string } | undefined {
  const [notBefore, notAfter] = [derTime(derAt(validity, 0)), derTime(derAt(validity, 1))]
  return notBefore === undefined || notAfter === undefined ? undefined : { notBefore, notAfter }
}

/** Whether one certificate names and was signed with the other's key. */
export function isSignedBy(certificate: Certificate, issuer: Certificate, check = checkSignature): SignatureVerdict {
  if (bytesToHex(certificate.der.issuer) !== bytesToHex(issuer.der.subject)) return 'failed'
  const algorithm = signatureAlgorithms[certificate.der.algorithm]
  if (algorithm === undefined) return 'could-not-check'
  const { tbs: message, signature } = certificate.der
  const hash = algorithm.hash === null ? {} : { hash: algorithm.hash }
  return check({ spki: issuer.der.spki, message, signature, ...hash })
}

/** The extension with this OID. */
export const extensionOf = (certificate: Certificate, oid: string): CertificateExtension | undefined =>
  certificate.extensions.find((extension) => extension.oid === oid)

function readExtensions(node: DerNode | undefined): readonly CertificateExtension[] | undefined {
  if (node === undefined) return []
  const list = derAt(node, 0)
  const items = list === undefined ? undefined : derNodes(list.contents)
  const extensions = items?.map((item): CertificateExtension | undefined => {
    const parts = derNodes(item.contents)
    const oid = derOid(parts?.[0])
    const value = parts?.at(-1)
    if (oid === undefined || value?.tag !== derTag.octetString) return undefined
    const critical = parts?.[1]?.tag === derTag.boolean && parts[1].contents[0] !== 0
    return { oid, critical, value: value.contents }
  })
  const known = extensions?.filter((extension) => extension !== undefined)
  if (known === undefined || known.length !== extensions?.length) return undefined
  // RFC 5280 section 4.2: no extension twice. Two readers could otherwise each trust a different one.
  return new Set(known.map(({ oid }) => oid)).size === known.length ? known : undefined
}

const attributes: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.45': 'uniqueIdentifier',
}

/** A distinguished name in its encoded order. */
export function nameOf(node: DerNode | undefined): string | undefined {
  const sets = node?.tag === derTag.sequence ? derNodes(node.contents) : undefined
  const parts = sets?.map((set) => {
    const [oid, value] = [derOid(derAt(set, 0, 0)), derAt(set, 0, 1)]
    const text = value === undefined ? undefined : (textOfUtf8(value.contents) ?? bytesToHex(value.contents))
    return oid === undefined || text === undefined ? undefined : `${attributes[oid] ?? oid}=${text}`
  })
  return parts === undefined || parts.includes(undefined) ? undefined : parts.join(', ')
}

const unreadable: AppError = appError(
  'sigstore.certificate-invalid',
  'This certificate cannot be read.',
  'Sign again, with a certificate from Fulcio.',
  { expected: 'an X.509 certificate in DER', found: 'bytes of another form' },
)
