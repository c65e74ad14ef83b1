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
  /** Its operator, if the root names it. */
  readonly operator: string | null
  /** DER; the signing one first, the root last. */
  readonly chain: readonly Uint8Array[]
  /** When it was in use. ISO 8601 UTC; null for an open end. */
  readonly validFor: { readonly start: string | null; readonly end: string | null }
}

/** The lists of a trusted root, and what an entry of each is called. */
export const trustedLists = {
  tlogs: 'transparency log',
  ctlogs: 'CT log',
  certificateAuthorities: 'certificate authority',
  timestampAuthorities: 'timestamp authority',
} as const

/** An entry that this program cannot use, in words that repeat nothing of it. */
export const unusableEntry = (list: keyof typeof trustedLists, at: number, why: string): string =>
  `${trustedLists[list]} ${at + 1} cannot be used: ${why}`

/** What a verifier trusts. */
export interface TrustedRoot {
  readonly logs: readonly TrustedLog[]
  readonly ctLogs: readonly TrustedLog[]
  readonly certificateAuthorities: readonly TrustedAuthority[]
  readonly timestampAuthorities: readonly TrustedAuthority[]
  /** Entries that cannot be used, one sentence each. They count as if they were not there. */
  readonly unusable: readonly string[]
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
    operator: z.string().max(500).optional(),
    validFor: z.object({ start: z.iso.datetime().nullish(), end: z.iso.datetime().nullish() }).nullish(),
    certChain: z.object({ certificates: z.array(z.object({ rawBytes: bytes(20_000) })).max(16) }),
  })
  .transform(
    ({ subject, uri, operator, validFor, certChain }): TrustedAuthority => ({
      name: [subject.organization, subject.commonName].filter((part) => part !== '').join(', '),
      uri,
      operator: operator ?? null,
      validFor: { start: validFor?.start ?? null, end: validFor?.end ?? null },
      chain: certChain.certificates.map(({ rawBytes }) => rawBytes),
    }),
  )

const entries = z.array(z.unknown()).max(64).default([])
const schema = z.object({
  tlogs: entries,
  ctlogs: entries,
  certificateAuthorities: entries,
  timestampAuthorities: entries,
})

/**
 * Reads a trusted root's JSON (sigstore_trustroot.proto). Anything else is an error that says where. An entry that
 * cannot be read is left out and reported: often it is one that was retired, and the others are still good.
 */
export function readTrustedRoot(json: string): Result<TrustedRoot> {
  const value = parseJson(json)
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    if (value === undefined) return err(notOneJson(json))
    return err(unreadableRoot(parsed.error.issues[0]?.message ?? 'another shape'))
  }
  const unusable: string[] = []
  const usable = <T>(list: keyof typeof trustedLists, entry: z.ZodType<T>): readonly T[] =>
    parsed.data[list].flatMap((each, at) => {
      const read = entry.safeParse(each)
      if (read.success) return [read.data]
      unusable.push(unusableEntry(list, at, `${read.error.issues[0]?.path.join('.') ?? ''} has another form`))
      return []
    })
  return ok({
    logs: usable('tlogs', log),
    ctLogs: usable('ctlogs', log),
    certificateAuthorities: usable('certificateAuthorities', authority),
    timestampAuthorities: usable('timestampAuthorities', authority),
    unusable,
  })
}

/** The error for a text that is no trusted root. */
export const unreadableRoot = (found: string, remedy = 'Make the trusted root again.'): AppError =>
  appError('sigstore.trusted-root', 'The trusted root cannot be read.', remedy, {
    expected: 'a Sigstore TrustedRoot as JSON',
    found,
  })

/** The same for a text that is not JSON. `gh attestation trusted-root` writes several roots, one in each line. */
export function notOneJson(text: string): AppError {
  // cosign, which reads the same file, does not accept it either.
  if (text.startsWith('\uFEFF'))
    return unreadableRoot('a byte order mark before the JSON', 'Save it as UTF-8 without one.')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const several = lines.length > 1 && lines.every((line) => parseJson(line) !== undefined)
  return several
    ? unreadableRoot(
        `${lines.length} JSON texts, one in each line`,
        'Write the one of your Sigstore to a file of its own.',
      )
    : unreadableRoot('text that is not JSON')
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
