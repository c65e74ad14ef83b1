import { bytesToHex } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { appError } from './app-error.ts'
import { bytesOfBase64 } from './bundle-encoding.ts'
import { err, ok, type Result } from './result.ts'

/** A transparency log that the trusted root names. */
export interface TrustedLog {
  readonly baseUrl: string
  /** Lower-case hex. */
  readonly logId: string
  /** DER, SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
}

const logs = z.object({
  tlogs: z
    .array(
      z.object({
        baseUrl: z.string().max(2000),
        publicKey: z.object({ rawBytes: z.string().max(4000) }),
        logId: z.object({ keyId: z.string().max(200) }),
      }),
    )
    .max(64)
    .default([]),
})

/** Finds a log by its id (lower-case hex) in a trusted root's JSON. */
export function findTrustedLog(trustedRoot: string, logId: string): Result<TrustedLog> {
  const parsed = logs.safeParse(parseJson(trustedRoot))
  if (!parsed.success) {
    return err(
      appError('sigstore.trusted-root', 'The trusted root cannot be read.', 'Make the trusted root again.', {
        expected: 'a Sigstore TrustedRoot as JSON',
        found: parsed.error.issues[0]?.message ?? 'another shape',
      }),
    )
  }
  for (const log of parsed.data.tlogs) {
    const id = bytesOfBase64(log.logId.keyId)
    const publicKey = bytesOfBase64(log.publicKey.rawBytes)
    if (id !== undefined && publicKey !== undefined && bytesToHex(id) === logId) {
      return ok({ baseUrl: log.baseUrl, logId, publicKey })
    }
  }
  return err(
    appError('sigstore.log-unknown', 'The trusted root does not name this log.', 'Add the log to the trusted root.', {
      expected: parsed.data.tlogs.length === 0 ? 'a log' : `one of ${parsed.data.tlogs.length} logs`,
      found: `log ${logId}`,
    }),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
