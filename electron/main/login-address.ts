import { appError } from '../../src/core/domain/app-error.ts'
import { err, ok, type Result } from '../../src/core/domain/result.ts'

/** Where a login may go. */
export interface LoginAddresses {
  readonly start: string
  /** The issuer's own pages, and exactly cosign's callback. */
  readonly allows: (address: string) => boolean
  /** cosign's callback: reaching it completes the login. */
  readonly isCallback: (address: string) => boolean
}

/**
 * Derives from the address that cosign wants to open where the login may go: the issuer's origin, and the callback that
 * the address names, which must be plain HTTP on this machine. Anything else is `login.unexpected-answer`.
 */
export function loginAddresses(address: string, issuer: string): Result<LoginAddresses> {
  const start = parse(address)
  const issuerOrigin = parse(issuer)?.origin
  const callback = parse(start?.searchParams.get('redirect_uri') ?? '')
  if (start === undefined || start.origin !== issuerOrigin || !isWeb(start)) return err(unexpected(address))
  if (callback === undefined || !isLoopback(callback)) return err(unexpected(address))
  const isCallback = (other: string): boolean => {
    const url = parse(other)
    return url !== undefined && plain(url) && url.origin === callback.origin && url.pathname === callback.pathname
  }
  const atIssuer = (other: string): boolean => {
    const url = parse(other)
    return url !== undefined && plain(url) && isWeb(url) && url.origin === issuerOrigin
  }
  return ok({ start: start.href, isCallback, allows: (other) => atIssuer(other) || isCallback(other) })
}

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)
const plain = (url: URL): boolean => url.username === '' && url.password === ''
const isWeb = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url)
const isLoopback = (url: URL): boolean =>
  url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)

const unexpected = (found: string) =>
  appError(
    'login.unexpected-answer',
    'The login would go somewhere else.',
    'Start again; if it happens again, run `npm run clean`.',
    {
      expected: 'a login page of the issuer with a callback on localhost',
      found: found.slice(0, 300),
    },
  )
