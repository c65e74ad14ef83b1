import * as z from 'zod'
import { bytesOfBase64 } from './bundle-encoding.ts'

/** The largest bundle that is read. Those of cosign hold about 5 KB. */
export const maxBundleLength = 512 * 1024

/** The media types of a bundle 0.3. */
const mediaTypes03 = [
  'application/vnd.dev.sigstore.bundle.v0.3+json',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
] as const

/** The media types of every known bundle version. */
export const bundleMediaTypes = [
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  ...mediaTypes03,
] as const

/** The most log entries of a bundle that is read. */
export const maxLogEntries = 4

const noLogEntry =
  'no log entry. It was signed without a transparency log; sign with a signing configuration that names one'

/** Standard base64 of at most this many bytes; the output is the bytes. */
const base64 = (maxBytes: number) =>
  z
    .string()
    .max(Math.ceil(maxBytes / 3) * 4)
    .transform((text, context) => {
      const bytes = bytesOfBase64(text)
      if (bytes !== undefined) return bytes
      context.addIssue({ code: 'custom', message: 'not base64' })
      return z.NEVER
    })

const whole = z.string().regex(/^(?:0|[1-9][0-9]{0,17})$/, 'not a whole number in decimal')

const tlogEntry = z.object({
  // protobuf's JSON omits a zero, here and in the proof: the first entry of a log has no index.
  logIndex: whole.default('0'),
  logId: z.object({ keyId: base64(32) }),
  kindVersion: z.object({ kind: z.string().max(40), version: z.string().max(20) }),
  // Seconds; eleven digits reach the year 5138.
  integratedTime: whole.max(11).optional(),
  inclusionPromise: z.object({ signedEntryTimestamp: base64(1024) }).optional(),
  inclusionProof: z.object({
    logIndex: whole.default('0'),
    hashes: z.array(base64(32)).max(64).default([]),
    checkpoint: z.object({ envelope: z.string().max(8 * 1024) }),
  }),
  canonicalizedBody: base64(64 * 1024),
})

/**
 * A Sigstore bundle 0.3 with one DSSE envelope, one certificate and one to four log entries: what cosign 3 writes for an
 * image.
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 */
export const bundleSchema = z.object({
  mediaType: z.enum(mediaTypes03),
  verificationMaterial: z.object({
    certificate: z.object({ rawBytes: base64(32 * 1024) }),
    // The other members of the two unions: with both present, two readers could each use a different one.
    publicKey: z.undefined().optional(),
    x509CertificateChain: z.undefined().optional(),
    // Almost always one; a signing configuration may name several logs.
    tlogEntries: z.array(tlogEntry, noLogEntry).min(1, noLogEntry).max(maxLogEntries),
    timestampVerificationData: z
      .object({
        rfc3161Timestamps: z
          .array(z.object({ signedTimestamp: base64(32 * 1024) }))
          .max(4)
          .default([]),
      })
      .default({ rfc3161Timestamps: [] }),
  }),
  dsseEnvelope: z.object({
    payload: base64(128 * 1024),
    payloadType: z.string().max(200),
    signatures: z.array(z.object({ sig: base64(1024) })).length(1),
  }),
  messageSignature: z.undefined().optional(),
})

export type ParsedTlogEntry = z.output<typeof tlogEntry>

/**
 * An in-toto statement (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). Each of a subject's
 * digests stands for itself, so those of other algorithms are not looked at.
 */
export const statementSchema = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']),
  subject: z
    .array(z.object({ digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(1024),
  predicateType: z.string().min(1).max(500),
})
