import { type AppError, appError } from '../../domain/app-error.ts'
import { noConnection as describe, throughProxy } from '../../network/no-connection.ts'
import { isProxyTrouble, tlsTrouble } from '../../network/tls-trouble.ts'

/** The server of a connection. */
interface Wanted {
  readonly what: string
  readonly url: URL
  /** A CA file that is trusted in addition to the well-known CAs. */
  readonly caFile: string | undefined
}

/**
 * Why `fetch` got no response from a registry or its token service, and what to do: `registry.tls` if it was the
 * certificate or a missing one, else `registry.unreachable`.
 */
export function noConnection({ what, url, caFile }: Wanted, error: unknown): AppError {
  const { host } = url
  const place = { key: 'caFile', file: caFile }
  const { found, remedy = 'Start the registry or fix the connection, then try again.' } = describe(error, url, place)
  const trouble = isProxyTrouble(error) ? undefined : tlsTrouble(error)
  if (trouble === undefined) {
    return appError('registry.unreachable', what, remedy, { expected: `an answer from ${host}`, found })
  }
  const expected = `an answer from ${host}, with a certificate for that name, good today, from a known CA`
  const plain = trouble === 'no-tls' && throughProxy(url, process.env) === ''
  const how = plain ? `Set "plainHttp": true for ${host}, if it is meant to have no TLS.` : remedy
  return appError('registry.tls', what, how, { expected, found })
}

/** Responses of TLS servers to plain http; such a response does not count. */
export const asksForTls = (status: number, body: Buffer): boolean =>
  status === 400 &&
  /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i.test(body.toString('latin1', 0, 2_000))

/** The error for it. */
export const notPlain = (what: string, host: string): AppError =>
  appError('registry.tls', what, `Take "plainHttp": true away: ${host} has TLS.`, {
    expected: `plain http from ${host}`,
    found: 'TLS',
  })
