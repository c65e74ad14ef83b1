import { readTrustedRoot, unknownLog } from '../../domain/certificates/trust.ts'
import type { LogEntryFacts } from '../../domain/log/log-entry.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { firstSignal } from '../../process/first-signal.ts'
import type { OverHttp } from './over-http.ts'
import { readBackV1 } from './rekor-v1-reader.ts'
import { readBackV2 } from './rekor-v2-reader.ts'

const longestMs = 20_000

/**
 * Reads an entry back from a Rekor over HTTP and compares it with the bundle. A wrong answer is failed, a missing entry
 * is not present, and no answer is could not check; a Rekor v2 that serves no tiles leaves it not checked. At most
 * twenty seconds. An error means that the trusted root does not name the log.
 */
export async function readBackOverHttp(options: {
  readonly rekor: { readonly url: string; readonly version: 1 | 2 }
  /** The trusted root's JSON. */
  readonly trustedRoot: string
  readonly entry: LogEntryFacts
  readonly signal: AbortSignal
  /** A CA file (PEM) that is trusted for the log in addition to the CAs that this machine knows. */
  readonly caFile?: string | undefined
}): Promise<Result<OverHttp>> {
  const { rekor, entry } = options
  const root = readTrustedRoot(options.trustedRoot)
  if (!root.ok) return root
  const { logs } = root.value
  const log = logs.find(({ logId }) => logId === entry.logId)
  if (log === undefined) return err(unknownLog(entry.logId, logs.length))
  const asking = {
    url: rekor.url,
    log,
    logs,
    entry,
    how: { signal: firstSignal(options.signal, AbortSignal.timeout(longestMs)), caFile: options.caFile },
  }
  return ok(await (rekor.version === 1 ? readBackV1(asking) : readBackV2(asking)))
}
