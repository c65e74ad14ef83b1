import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { bytesOfBase64, textOfUtf8 } from './bundle-encoding.ts'
import { derOfPem } from './x509.ts'

/** One field of a log entry's body. */
export interface BodyField {
  /** Its path in the JSON. */
  readonly name: string
  readonly value: string
}

/** What a log entry's body holds, by its kind. */
export interface LogBody {
  readonly kind: string
  readonly version: string
  /** Whether this program knows the kind; the fields of an unknown one are all that it has. */
  readonly known: boolean
  readonly fields: readonly BodyField[]
  /** The hash that the entry is about, lower-case hex; null where it names none. */
  readonly hash: string | null
  /** DER of the certificate that stands in it. */
  readonly certificate: Uint8Array | null
}

type Paths = readonly string[]
interface Known {
  readonly fields: Paths
  readonly hash: string
  readonly certificate: string
}

// https://github.com/sigstore/rekor/tree/main/pkg/types and https://github.com/sigstore/rekor-tiles
const knownKinds: Readonly<Record<string, Known>> = {
  'hashedrekord 0.0.1': {
    fields: ['spec.data.hash.algorithm', 'spec.data.hash.value', 'spec.signature.content'],
    hash: 'spec.data.hash.value',
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
    certificate: 'spec.signatures.0.verifier',
  },
  'dsse 0.0.2': {
    fields: [
      'spec.dsseV002.payloadHash.algorithm',
      'spec.dsseV002.payloadHash.digest',
      'spec.dsseV002.signatures.0.content',
    ],
    hash: 'spec.dsseV002.payloadHash.digest',
    certificate: 'spec.dsseV002.signatures.0.verifier.x509Certificate.rawBytes',
  },
  'intoto 0.0.1': {
    fields: ['spec.content.hash.algorithm', 'spec.content.hash.value', 'spec.content.payloadHash.value'],
    hash: 'spec.content.payloadHash.value',
    certificate: 'spec.publicKey',
  },
  'intoto 0.0.2': {
    fields: ['spec.content.hash.algorithm', 'spec.content.hash.value', 'spec.content.payloadHash.value'],
    hash: 'spec.content.payloadHash.value',
    certificate: 'spec.content.envelope.signatures.0.publicKey',
  },
}

const maxFields = 40

/** Reads the body of a log entry. It never fails: an unknown kind, and what is no JSON, is shown as it is. */
export function readLogBody(body: string): LogBody {
  const json = parseJson(body)
  const kind = textAt(json, 'kind') ?? 'unknown'
  const version = textAt(json, 'apiVersion') ?? 'unknown'
  const known = Object.hasOwn(knownKinds, `${kind} ${version}`) ? knownKinds[`${kind} ${version}`] : undefined
  if (known === undefined) {
    const fields = json === undefined ? [{ name: 'bytes', value: body.slice(0, 4000) }] : leavesOf(json)
    return { kind, version, known: false, fields, hash: null, certificate: null }
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

/** Every value at the end of a path, the first forty of them; what lies deeper than sixteen levels is left out. */
function leavesOf(json: unknown, path = '', depth = 0, found: BodyField[] = []): BodyField[] {
  if (found.length >= maxFields) return found
  if (depth > 16) {
    found.push({ name: path, value: '…' })
    return found
  }
  if (typeof json !== 'object' || json === null) {
    found.push({ name: path === '' ? 'body' : path, value: String(json).slice(0, 4000) })
    return found
  }
  for (const [key, value] of Object.entries(json))
    leavesOf(value, path === '' ? key : `${path}.${key}`, depth + 1, found)
  return found
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
