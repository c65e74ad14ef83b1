import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { bytesOfBase64, textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { derOfPem } from '../certificates/pem.ts'
import { parseJson } from '../json.ts'

/** One field of a log entry's body. */
export interface BodyField {
  /** Its path in the JSON. */
  readonly name: string
  readonly value: string
}

/** The contents of a log entry's body, by its kind. */
export interface LogBody {
  readonly kind: string
  readonly version: string
  /** Whether this program knows the kind; for an unknown one only the fields are set. */
  readonly known: boolean
  readonly fields: readonly BodyField[]
  /** The hash in the entry, lower-case hex; null if it names none. */
  readonly hash: string | null
  /** What that hash covers: everything that the signature covers, or the payload of a DSSE envelope alone. */
  readonly covers: 'signed' | 'payload'
  /** Whether entries of this kind hold the signature. */
  readonly keepsSignature: boolean
  /** The signature in it. */
  readonly signature: Uint8Array | null
  /** DER of the certificate in it. */
  readonly certificate: Uint8Array | null
}

type Paths = readonly string[]
interface Known {
  readonly fields: Paths
  readonly hash: string
  readonly covers: LogBody['covers']
  readonly signature: string | null
  readonly certificate: string
}

// https://github.com/sigstore/rekor/tree/main/pkg/types and https://github.com/sigstore/rekor-tiles
const knownKinds: Readonly<Record<string, Known>> = {
  'hashedrekord 0.0.1': {
    fields: ['spec.data.hash.algorithm', 'spec.data.hash.value', 'spec.signature.content'],
    hash: 'spec.data.hash.value',
    covers: 'signed',
    signature: 'spec.signature.content',
    certificate: 'spec.signature.publicKey.content',
  },
  'hashedrekord 0.0.2': {
    fields: [
      'spec.hashedRekordV002.data.algorithm',
      'spec.hashedRekordV002.data.digest',
      'spec.hashedRekordV002.signature.content',
      'spec.hashedRekordV002.signature.verifier.keyDetails',
      'spec.hashedRekordV002.signature.verifier.publicKey.rawBytes',
    ],
    hash: 'spec.hashedRekordV002.data.digest',
    covers: 'signed',
    signature: 'spec.hashedRekordV002.signature.content',
    certificate: 'spec.hashedRekordV002.signature.verifier.x509Certificate.rawBytes',
  },
  'dsse 0.0.1': {
    fields: [
      'spec.envelopeHash.algorithm',
      'spec.envelopeHash.value',
      'spec.payloadHash.algorithm',
      'spec.payloadHash.value',
      'spec.signatures.0.signature',
    ],
    hash: 'spec.payloadHash.value',
    covers: 'payload',
    signature: 'spec.signatures.0.signature',
    certificate: 'spec.signatures.0.verifier',
  },
  'dsse 0.0.2': {
    fields: [
      'spec.dsseV002.payloadHash.algorithm',
      'spec.dsseV002.payloadHash.digest',
      'spec.dsseV002.signatures.0.content',
    ],
    hash: 'spec.dsseV002.payloadHash.digest',
    covers: 'payload',
    signature: 'spec.dsseV002.signatures.0.content',
    certificate: 'spec.dsseV002.signatures.0.verifier.x509Certificate.rawBytes',
  },
  'intoto 0.0.1': {
    fields: ['spec.content.hash.algorithm', 'spec.content.hash.value', 'spec.content.payloadHash.value'],
    hash: 'spec.content.payloadHash.value',
    covers: 'payload',
    signature: null,
    certificate: 'spec.publicKey',
  },
  'intoto 0.0.2': {
    fields: ['spec.content.hash.algorithm', 'spec.content.hash.value', 'spec.content.payloadHash.value'],
    hash: 'spec.content.payloadHash.value',
    covers: 'payload',
    signature: 'spec.content.envelope.signatures.0.sig',
    certificate: 'spec.content.envelope.signatures.0.publicKey',
  },
}

/**
 * Reads the body of a log entry. It never fails: for an unknown kind, and for anything but JSON, the fields are empty.
 */
export function readLogBody(body: string): LogBody {
  const json = parseJson(body)
  const kind = textAt(json, 'kind')?.slice(0, 100) ?? 'unknown'
  const version = textAt(json, 'apiVersion')?.slice(0, 100) ?? 'unknown'
  const known = Object.hasOwn(knownKinds, `${kind} ${version}`) ? knownKinds[`${kind} ${version}`] : undefined
  if (known === undefined) {
    const nothing = { fields: [], hash: null, covers: 'signed', keepsSignature: false } as const
    return { kind, version, known: false, ...nothing, signature: null, certificate: null }
  }
  return {
    kind,
    version,
    known: true,
    fields: known.fields.flatMap((name) => {
      const value = textAt(json, name)
      return value === undefined ? [] : [{ name, value }]
    }),
    hash: hashOf(textAt(json, known.hash)),
    covers: known.covers,
    keepsSignature: known.signature !== null,
    signature: known.signature === null ? null : signatureOf(textAt(json, known.signature)),
    certificate: certificateOf(textAt(json, known.certificate)),
  }
}

/** A SHA-256 as version 1 (hex) or version 2 (base64) writes it, in hex. */
function hashOf(text: string | undefined): string | null {
  if (text === undefined) return null
  if (/^[0-9a-f]{64}$/.test(text)) return text
  const bytes = bytesOfBase64(text)
  return bytes?.length === sha256.outputLen ? bytesToHex(bytes) : null
}

/** A certificate as DER in base64, or as PEM in base64. */
function certificateOf(text: string | undefined): Uint8Array | null {
  const bytes = text === undefined ? undefined : bytesOfBase64(text)
  if (bytes === undefined || bytes.length === 0) return null
  if (bytes[0] === 0x30) return bytes
  return derOfPem(textOfUtf8(bytes) ?? '') ?? null
}

/** A signature in base64; `intoto` has it in base64 of base64 (pkg/types/intoto/v0.0.2/entry.go). */
function signatureOf(text: string | undefined): Uint8Array | null {
  const bytes = text === undefined ? undefined : bytesOfBase64(text)
  if (bytes === undefined || bytes.length === 0) return null
  return bytesOfBase64(textOfUtf8(bytes) ?? '-') ?? bytes
}

const deepest = 32
const longest = 16_000

/**
 * An entry's body for display: indented JSON, or as it is if it is not JSON or nested so deeply that indentation would
 * outgrow it. What exceeds 16,000 characters is left out, and counted.
 */
export function rawBody(body: string): { readonly text: string; readonly left: number } {
  const json = depthOf(body) <= deepest ? parseJson(body) : undefined
  const text = json === undefined ? body : JSON.stringify(json, null, 2)
  return { text: text.slice(0, longest), left: Math.max(0, text.length - longest) }
}

/** The maximum nesting of brackets; those in strings count too. */
function depthOf(text: string): number {
  let [open, most] = [0, 0]
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, ++open)
    else if (character === ']' || character === '}') open--
  }
  return most
}

function textAt(json: unknown, path: string): string | undefined {
  const value = path
    .split('.')
    .reduce<unknown>(
      (inside, key) =>
        typeof inside === 'object' && inside !== null ? Object.getOwnPropertyDescriptor(inside, key)?.value : undefined,
      json,
    )
  return typeof value === 'string' ? value : undefined
}
