import { CookieJar } from 'tough-cookie'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { findPersona, personas } from './personas.ts'

export interface LoginOptions {
  /** What cosign wanted to open in a browser. */
  readonly url: string
  /** The issuer; the client contacts nothing else except cosign's callback. */
  readonly issuer: string
  /** Id or e-mail address of a persona. */
  readonly persona: string
  readonly decision: 'allow' | 'deny'
  readonly signal?: AbortSignal
}

const maxHops = 10

/**
 * Completes cosign's login as a named persona, as a browser would: follows the redirects, submits the login page, and
 * ends at cosign's callback. Contacts only the issuer's origin and exactly the callback that the URL names, which must
 * be on localhost.
 */
export async function loginAs(options: LoginOptions): Promise<Result<void>> {
  const persona = findPersona(options.persona)
  if (persona === undefined) {
    const known = personas.map(({ id }) => id).join(', ')
    return err(
      appError('login.unknown-persona', 'The sandbox has no person of that name.', `Use one of: ${known}.`, {
        expected: known,
        found: JSON.stringify(options.persona.slice(0, 100)),
      }),
    )
  }
  const start = parseUrl(options.url)
  const callback = parseUrl(start?.searchParams.get('redirect_uri') ?? '')
  if (start?.origin !== options.issuer || callback === undefined || !isLoopback(callback)) {
    return err(unexpected(`a login URL of ${options.issuer} with a callback on localhost`, options.url))
  }
  const answer = options.decision === 'deny' ? { decision: 'deny' } : { persona: persona.email }
  try {
    return await walk(start, callback, new URLSearchParams(answer), options)
  } catch (error) {
    if (options.signal?.aborted === true) {
      return err(appError('run.cancelled', 'The login was cancelled.', 'Sign again when you are ready.'))
    }
    return err(
      appError(
        'login.unreachable',
        'The login could not be completed.',
        'Look into the log of the issuer and start again.',
        {
          expected: `answers from ${options.issuer} and from cosign's callback`,
          found: error instanceof Error ? describe(error) : 'unknown',
        },
      ),
    )
  }
}

async function walk(
  start: URL,
  callback: URL,
  answer: URLSearchParams,
  { issuer, signal }: LoginOptions,
): Promise<Result<void>> {
  const jar = new CookieJar()
  let url = start
  let answered = false
  for (let hop = 0; hop < maxHops; hop++) {
    const atCallback = url.origin === callback.origin && url.pathname === callback.pathname
    if (url.origin !== issuer && !atCallback) return err(unexpected(`a page of ${issuer}`, url.origin))
    const page: boolean = !atCallback && url.pathname.startsWith('/login/')
    let response = await ask(url, atCallback ? undefined : jar, signal)
    if (page && response.status === 200 && !answered) {
      answered = true
      response = await ask(url, jar, signal, { answer, origin: issuer })
    }
    await response.body?.cancel()
    // Whatever cosign shows there, it has its answer.
    if (atCallback) return ok(undefined)
    const location = response.headers.get('location')
    const next = location === null ? undefined : parseUrl(location, url)
    if (next === undefined) return err(unexpected('a redirect', `status ${response.status} from ${url.pathname}`))
    url = next
  }
  return err(unexpected(`the callback after at most ${maxHops} redirects`, 'more redirects'))
}

async function ask(
  url: URL,
  jar: CookieJar | undefined,
  signal: AbortSignal | undefined,
  form?: { readonly answer: URLSearchParams; readonly origin: string },
): Promise<Response> {
  const cookie = (await jar?.getCookieString(url.href)) ?? ''
  const response = await fetch(url, {
    redirect: 'manual',
    ...(signal ? { signal } : {}),
    headers: { ...(cookie === '' ? {} : { cookie }), ...(form ? { origin: form.origin } : {}) },
    ...(form ? { method: 'POST', body: form.answer } : {}),
  })
  for (const each of response.headers.getSetCookie()) await jar?.setCookie(each, url.href, { ignoreError: true })
  return response
}

const unexpected = (expected: string, found: string): AppError =>
  appError(
    'login.unexpected-answer',
    'The login went somewhere else.',
    'Start again; if it happens again, run `npm run clean`.',
    {
      expected,
      found: found.slice(0, 300),
    },
  )

const isLoopback = (url: URL): boolean =>
  url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)

function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

const describe = (error: Error): string =>
  error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
