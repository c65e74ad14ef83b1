import { bytesToHex } from '@noble/hashes/utils.js'
import * as z from 'zod'
import { type AppError, appError } from '../app-error.ts'
import { bytesOfBase64 } from '../bundle/bundle-encoding.ts'
import { parseJson } from '../json.ts'
import { err, ok, type Result } from '../result.ts'

/** A transparency log that the trusted root names. */
export interface TrustedLog {
  readonly baseUrl: string
  /** Its operator, if the root names it. */
  readonly operator: string | null
  /** Lower-case hex. */
  readonly logId: string
  /** DER, SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
}

/** A CA or timestamp authority that the trusted root names. */
export interface TrustedAuthority {
  readonly name: string
  readonly uri: string
  /** DER; the signing one first, the root last. */
  readonly chain: readonly Uint8Array[]
}

/** What a verifier trusts. */
export interface TrustedRoot {
  readonly logs: readonly TrustedLog[]
  readonly ctLogs: readonly TrustedLog[]
  readonly certificateAuthorities: readonly TrustedAuthority[]
  readonly timestampAuthorities: readonly TrustedAuthority[]
}

const bytes = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .transform((text, context) => {
      const read = bytesOfBase64(text)
      if (read !== undefined) return read
      context.addIssue({ code: 'custom', message: 'not base64' })
      return z.NEVER
    })

const log = z
  .object({
    baseUrl: z.string().max(2000),
    operator: z.string().max(500).optional(),
    publicKey: z.object({ rawBytes: bytes(4000) }),
    logId: z.object({ keyId: bytes(200) }),
  })
  .transform(
    (entry): TrustedLog => ({
      baseUrl: entry.baseUrl,
      operator: entry.operator ?? null,
      logId: bytesToHex(entry.logId.keyId),
      publicKey: entry.publicKey.rawBytes,
    }),
  )

const authority = z
  .object({
    subject: z
      .object({ organization: z.string().max(500).default(''), commonName: z.string().max(500).default('') })
      .default({ organization: '', commonName: '' }),
    uri: z.string().max(2000).default(''),
    certChain: z.object({ certificates: z.array(z.object({ rawBytes: bytes(20_000) })).max(16) }),
  })
  .transform(
    ({ subject, uri, certChain }): TrustedAuthority => ({
      name: [subject.organization, subject.commonName].filter((part) => part !== '').join(', '),
      uri,
      chain: certChain.certificates.map(({ rawBytes }) => rawBytes),
    }),
  )

const schema = z
  .object({
    tlogs: z.array(log).max(64).default([]),
    ctlogs: z.array(log).max(64).default([]),
    certificateAuthorities: z.array(authority).max(64).default([]),
    timestampAuthorities: z.array(authority).max(64).default([]),
  })
  .transform(
    (root): TrustedRoot => ({
      logs: root.tlogs,
      ctLogs: root.ctlogs,
      certificateAuthorities: root.certificateAuthorities,
      timestampAuthorities: root.timestampAuthorities,
    }),
  )

/** Reads a trusted root's JSON (sigstore_trustroot.proto). Anything else is an error that says where. */
export function readTrustedRoot(json: string): Result<TrustedRoot> {
  const parsed = schema.safeParse(parseJson(json))
  if (parsed.success) return ok(parsed.data)
  return err(
    appError('sigstore.trusted-root', 'The trusted root cannot be read.', 'Make the trusted root again.', {
      expected: 'a Sigstore TrustedRoot as JSON',
      found: parsed.error.issues[0]?.message ?? 'another shape',
    }),
  )
}

/** Finds a transparency log by its id (lower-case hex) in a trusted root's JSON. */
export function findTrustedLog(trustedRoot: string, logId: string): Result<TrustedLog> {
  const root = readTrustedRoot(trustedRoot)
  if (!root.ok) return root
  const found = root.value.logs.find((each) => each.logId === logId)
  return found === undefined ? err(unknownLog(logId, root.value.logs.length)) : ok(found)
}

/** The trusted root does not name this log. */
export const unknownLog = (logId: string, known: number): AppError =>
  appError('sigstore.log-unknown', 'The trusted root does not name this log.', 'Add the log to the trusted root.', {
    expected: known === 0 ? 'a log' : `one of ${known} logs`,
    found: `log ${logId}`,
  })
