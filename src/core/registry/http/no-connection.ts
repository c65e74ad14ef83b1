import { type AppError, appError } from '../../domain/app-error.ts'
import { whyNoAnswer } from '../../domain/no-answer.ts'
import { proxyRemedy, throughProxy, unknownCaAdvice } from '../../network/no-connection.ts'
import { isProxyTrouble, tlsTrouble, troubleWords } from '../../network/tls-trouble.ts'

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
  const via = throughProxy(url, process.env)
  const expected = `an answer from ${host}, with a certificate for that name, good today, from a known CA`
  const tls = (found: string, remedy: string) =>
    appError('registry.tls', what, remedy, { expected, found: `${found}${via}` })
  const trouble = isProxyTrouble(error) ? undefined : tlsTrouble(error)
  switch (trouble) {
    case 'unknown-ca': {
      const { found, remedy } = unknownCaAdvice(host, { key: 'caFile', file: caFile }, process.env)
      return tls(found, remedy)
    }
    case 'expired':
    case 'not-yet-valid':
      return tls(
        troubleWords(trouble, error),
        `Look at this machine’s clock; then have those who run ${host} renew it.`,
      )
    case 'other-name':
      return tls(
        troubleWords(trouble, error),
        `Name the registry as its certificate does, or have those who run it make one for ${host}.`,
      )
    case 'no-tls':
      // Without TLS, the login would be sent in the clear through whatever answered.
      if (via !== '') return tls('an answer without TLS, such as a web page', proxyRemedy(url.hostname))
      return tls(troubleWords(trouble, error), `Set "plainHttp": true for ${host}, if it is meant to have no TLS.`)
    case undefined: {
      const proxied = isProxyTrouble(error)
      const remedy =
        proxied || via !== '' ? proxyRemedy(url.hostname) : 'Start the registry or fix the connection, then try again.'
      const found = `${whyNoAnswer(error)}${proxied ? '' : via}`
      return appError('registry.unreachable', what, remedy, { expected: `an answer from ${host}`, found })
    }
  }
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
