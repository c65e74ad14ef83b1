import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { appError } from '../app-error.ts'
import { type FulcioCertificate, readFulcioCertificate } from '../certificates/certificate.ts'
import { parseJson } from '../json.ts'
import { type LogEntryFacts, parseCheckpoint } from '../log/log-entry.ts'
import { leafHash } from '../log/merkle.ts'
import { type Digest, parseDigest } from '../oci/digest.ts'
import { err, ok, type Result } from '../result.ts'
import { textOfUtf8 } from './bundle-encoding.ts'
import { bundleSchema, maxBundleLength, type ParsedTlogEntry, statementSchema } from './bundle-schema.ts'
import { readTimestamp } from './timestamp.ts'

/** The predicate type that cosign gives an image signature. */
export const signPredicateType = 'https://sigstore.dev/cosign/sign/v1'

const inTotoPayloadType = 'application/vnd.in-toto+json'

/** A bundle's facts, before any verification. */
export interface SignatureFacts {
  readonly certificate: FulcioCertificate
  /** The first one. */
  readonly logEntry: LogEntryFacts
  /** Those of other logs: empty, unless the signing configuration named several. */
  readonly otherLogEntries: readonly LogEntryFacts[]
  /** What was signed: the one subject of the statement, or the first of several. */
  readonly subjectDigest: Digest
  /** Every subject with a SHA-256: several only for a predicate type other than cosign's signature. */
  readonly subjectDigests: readonly Digest[]
  readonly predicateType: string
  /** genTime of each RFC 3161 timestamp that can be read, ISO 8601 UTC. */
  readonly timestamps: readonly string[]
  /** SHA-256 of the bytes that the signature covers (DSSE's pre-authentication encoding): what Rekor v2 logs. */
  readonly signedHash: string
  /** What the facts were read from. */
  readonly bytes: {
    /** DER. */
    readonly certificate: Uint8Array
    readonly payloadType: string
    readonly payload: Uint8Array
    /** What the signature covers: DSSE's pre-authentication encoding. */
    readonly signed: Uint8Array
    readonly signature: Uint8Array
    /** RFC 3161 responses. */
    readonly timestamps: readonly Uint8Array[]
  }
}

/**
 * Reads the facts out of a bundle's JSON. Garbage and wrong shapes are an error that says where; nothing is verified.
 */
export function readBundleFacts(json: string): Result<SignatureFacts> {
  if (json.length > maxBundleLength) {
    return err(invalid(`at most ${maxBundleLength} characters`, `${json.length} characters`))
  }
  const bundle = bundleSchema.safeParse(parseJson(json))
  if (!bundle.success) return err(invalid('a Sigstore bundle 0.3 with one DSSE envelope', issue(bundle.error)))
  const { verificationMaterial: material, dsseEnvelope: envelope } = bundle.data
  if (envelope.payloadType !== inTotoPayloadType) {
    return err(invalid(`payload type ${inTotoPayloadType}`, JSON.stringify(envelope.payloadType)))
  }
  const statement = statementSchema.safeParse(parseJson(textOfUtf8(envelope.payload) ?? ''))
  if (!statement.success) return err(invalid('an in-toto statement', issue(statement.error)))
  const { subject, predicateType } = statement.data
  // With several, deleting the signature of one image would delete that of another one, too.
  if (predicateType === signPredicateType && subject.length > 1) {
    const found = `a statement with ${subject.length} subjects`
    return err(invalid('one subject, as cosign sign writes it: each signature is of one image', found))
  }
  const subjectDigests = subject.flatMap(({ digest }) => parseDigest(`sha256:${digest['sha256'] ?? ''}`) ?? [])
  const [subjectDigest] = subjectDigests
  if (subjectDigest === undefined) return err(invalid('a subject with a SHA-256', 'other digests, or none'))

  const certificate = readFulcioCertificate(material.certificate.rawBytes)
  if (!certificate.ok) return certificate
  const logEntries: LogEntryFacts[] = []
  for (const entry of material.tlogEntries) {
    const read = readLogEntry(entry)
    if (!read.ok) return read
    logEntries.push(read.value)
  }
  const [logEntry, ...otherLogEntries] = logEntries
  if (logEntry === undefined) throw new Error('unreachable: the schema asks for one')
  const stamps = material.timestampVerificationData.rfc3161Timestamps.map((each) => each.signedTimestamp)
  // One that cannot be read proves no time; whether the others suffice is for the verification to say, as in cosign.
  const timestamps = stamps.flatMap((stamp) => readTimestamp(stamp)?.time ?? [])
  if (timestamps.length === 0 && stamps.length > 0) return err(invalid('RFC 3161 timestamps', 'bytes of another form'))
  const signed = preAuthEncoding(envelope.payloadType, envelope.payload)
  return ok({
    certificate: certificate.value,
    logEntry,
    otherLogEntries,
    subjectDigest,
    subjectDigests,
    predicateType,
    timestamps,
    signedHash: bytesToHex(sha256(signed)),
    bytes: {
      certificate: material.certificate.rawBytes,
      payloadType: envelope.payloadType,
      payload: envelope.payload,
      signed,
      signature: envelope.signatures[0]?.sig ?? new Uint8Array(),
      timestamps: stamps,
    },
  })
}

function readLogEntry(entry: ParsedTlogEntry): Result<LogEntryFacts> {
  const checkpoint = parseCheckpoint(entry.inclusionProof.checkpoint.envelope)
  if (!checkpoint.ok) return checkpoint
  const body = textOfUtf8(entry.canonicalizedBody)
  if (body === undefined) return err(invalid('a log entry in UTF-8', 'other bytes'))
  return ok({
    logIndex: entry.logIndex,
    proofIndex: entry.inclusionProof.logIndex,
    logId: bytesToHex(entry.logId.keyId),
    kind: entry.kindVersion.kind,
    version: entry.kindVersion.version,
    treeSize: checkpoint.value.treeSize,
    rootHash: checkpoint.value.rootHash,
    origin: checkpoint.value.origin,
    hashes: entry.inclusionProof.hashes.map((hash) => bytesToHex(hash)),
    checkpoint: entry.inclusionProof.checkpoint.envelope,
    canonicalizedBody: body,
    leafHash: bytesToHex(leafHash(entry.canonicalizedBody)),
    promise:
      entry.inclusionPromise === undefined
        ? null
        : {
            integratedTime: Number(entry.integratedTime ?? 0),
            signature: entry.inclusionPromise.signedEntryTimestamp,
          },
  })
}

/** DSSE's pre-authentication encoding (https://github.com/secure-systems-lab/dsse, protocol.md). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8ToBytes(payloadType)
  return concatBytes(utf8ToBytes(`DSSEv1 ${type.length} `), type, utf8ToBytes(` ${payload.length} `), payload)
}

function issue(error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const [first] = error.issues
  if (first === undefined) return 'another shape'
  return first.path.length === 0 ? 'no JSON object' : `${first.path.map(String).join('.')}: ${first.message}`
}

const invalid = (expected: string, found: string) =>
  appError('sigstore.bundle-invalid', 'This is not a signature bundle of an image.', 'Sign the image again.', {
    expected,
    found,
  })
