import { appError } from '../app-error.ts'
import { err, ok, type Result } from '../result.ts'

/** A SPIFFE ID of a workload in its two parts. */
export interface SpiffeId {
  readonly trustDomain: string
  /** With the leading slash. */
  readonly path: string
}

// SPIFFE-ID standard, sections 2.1 to 2.4; the path of a workload is not empty (X509-SVID, section 4.1).
const pattern = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/

/** Parses the SPIFFE ID of a workload. Anything the standard forbids is refused: queries, ports, `.` and `..`. */
export function parseSpiffeId(text: string): Result<SpiffeId> {
  const [, trustDomain, path] = (text.length <= 2048 && pattern.exec(text)) || []
  const dots = path?.split('/').some((segment) => segment === '.' || segment === '..')
  if (trustDomain !== undefined && path !== undefined && dots === false) return ok({ trustDomain, path })
  return err(
    appError('spire.spiffe-id', 'This is not the SPIFFE ID of a workload.', 'Write it as spiffe://TRUST-DOMAIN/PATH.', {
      expected: 'spiffe://TRUST-DOMAIN/PATH',
      found: JSON.stringify(text.slice(0, 200)),
    }),
  )
}
