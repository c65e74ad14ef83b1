import { isObject } from '../../domain/json.ts'

type Kind = 'message' | 'list' | 'text' | 'number' | 'bytes'

const named = (kind: Kind, names: string): [string, Kind][] => names.split(' ').map((name) => [name, kind])
/** sigstore_bundle.proto and all that it contains: the JSON type of each field. No name has two types. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ...named(
    'message',
    'verificationMaterial messageSignature dsseEnvelope publicKey x509CertificateChain certificate logId kindVersion ' +
      'inclusionPromise inclusionProof checkpoint timestampVerificationData messageDigest',
  ),
  ...named('list', 'certificates tlogEntries hashes rfc3161Timestamps signatures'),
  ...named('text', 'mediaType hint kind version envelope algorithm payloadType keyid'),
  ...named('number', 'logIndex integratedTime treeSize'),
  ...named(
    'bytes',
    'rawBytes keyId canonicalizedBody signedEntryTimestamp rootHash signedTimestamp digest signature payload sig',
  ),
])

const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

/**
 * Whether every field is one that bundles have, of the right type. The library skips other fields, reads numbers out of
 * lists and ignores garbage in base64; cosign refuses all of that, and accepts `media_type` for `mediaType` as every
 * protobuf reader does. Two readers must not read two different bundles.
 */
export function hasBundleFields(value: unknown): boolean {
  if (!isObject(value)) return false
  return Object.entries(value).every(([name, inner]) => {
    const kind = kinds.get(name)
    // In protobuf's JSON null is an absent field.
    return kind !== undefined && (inner === null || isOf(kind, inner))
  })
}

function isOf(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'message':
      return hasBundleFields(value)
    case 'list':
      return Array.isArray(value) && value.every((each) => isOf(typeof each === 'string' ? 'bytes' : 'message', each))
    case 'number':
      return typeof value === 'number' || typeof value === 'string'
    case 'bytes':
      return typeof value === 'string' && base64.test(value)
    case 'text':
      return typeof value === 'string'
  }
}
