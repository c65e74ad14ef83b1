import { z } from 'zod'
import { type AppError, appError } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { noConnection } from '../http/no-connection.ts'
import { readBounded } from '../http/read-bounded.ts'
import { isSafeTarget } from '../http/safe-target.ts'
import type { RegistryCredentials } from './docker-config.ts'

/** A request for a token (distribution, "token authentication" and "OAuth2 token authentication"). */
interface TokenQuestion {
  /** The registry. */
  readonly host: string
  readonly realm: URL
  readonly scopes: readonly string[]
  readonly service: string | undefined
  readonly credentials: RegistryCredentials | undefined
  readonly fetch: typeof fetch
  readonly caFile: string | undefined
  readonly signal: AbortSignal | undefined
}

// An answer counts by what can be used of it: a field of another form is as good as none.
const text = z.string().max(16_384).nullish().catch(undefined)
const tokenAnswer = z.object({ token: text, access_token: text, expires_in: z.number().positive().catch(60) })

const maxAnswer = 64 * 1024
const maxRedirects = 3

/** Asks a registry's token service for a token; it is good for so many seconds. */
export async function askTokenService(
  question: TokenQuestion,
): Promise<Result<{ readonly token: string; readonly seconds: number }>> {
  const { host } = question
  const answer = await ask(question)
  if (!answer.ok) return answer
  const { status, body, from } = answer.value
  if (status === 400 || status === 401 || status === 403) {
    return err(loginRefused(host, 'a token', `HTTP ${status} from ${from}`))
  }
  if (status !== 200) return err(noToken(host, 'a token', `HTTP ${status} from ${from}`))
  const parsed = tokenAnswer.safeParse(parseJson(body?.toString('utf8') ?? ''))
  // Some services write a blank "token" beside "access_token".
  const token = parsed.data?.token || parsed.data?.access_token
  if (!parsed.success || !token) return err(noToken(host, 'a token', `an answer of ${from} without one`))
  if (/[^\x21-\x7e]/.test(token)) return err(noToken(host, 'a token', `an answer of ${from} with another text`))
  return ok({ token, seconds: parsed.data.expires_in })
}

interface TokenAnswer {
  readonly status: number
  readonly from: string
  /** Undefined when it was too long. */
  readonly body: Buffer | undefined
}

/** One request, with its redirects: credentials stay at the origin of the realm, and a refresh token is not redirected. */
async function ask(question: TokenQuestion): Promise<Result<TokenAnswer>> {
  const { host, realm, credentials, caFile } = question
  const authorization = basic(credentials)
  const { init, url: first } = requestOf(question)
  let url = first
  try {
    for (let redirects = 0; ; redirects++) {
      const headers = authorization !== undefined && url.origin === realm.origin ? { authorization } : {}
      const response = await question.fetch(url, { ...init, headers })
      const location = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || location === null) {
        return ok({ status: response.status, from: url.host, body: await readBounded(response, maxAnswer) })
      }
      await response.body?.cancel()
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined
      const allowed = next !== undefined && isSafeTarget(next, realm.origin) && credentials?.kind !== 'refresh-token'
      if (!allowed || redirects === maxRedirects) {
        const expected = `a token, after at most ${maxRedirects} redirects to https, and none of a refresh token`
        return err(noToken(host, expected, `a redirect to ${next?.origin ?? 'another text'}`))
      }
      url = next
    }
  } catch (error) {
    const what = `The token service of the registry ${host} could not be asked.`
    return err(noConnection({ what, url, caFile }, error))
  }
}

function requestOf({ realm, scopes, service, credentials, signal }: TokenQuestion) {
  const init: RequestInit = { redirect: 'manual', ...(signal === undefined ? {} : { signal }) }
  if (credentials?.kind === 'refresh-token') {
    const body = new URLSearchParams({
      scope: scopes.join(' '),
      ...(service === undefined ? {} : { service }),
      grant_type: 'refresh_token',
      client_id: 'sigstore-attestor',
      refresh_token: credentials.token,
    })
    return { url: realm, init: { ...init, method: 'POST', body } }
  }
  const url = new URL(realm)
  url.searchParams.delete('scope')
  for (const scope of scopes) url.searchParams.append('scope', scope)
  if (service !== undefined) url.searchParams.set('service', service)
  return { url, init }
}

/** The Authorization header of a login by name and password. */
export const basic = (credentials: RegistryCredentials | undefined): string | undefined =>
  credentials?.kind === 'password'
    ? `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    : undefined

/** The error for a login that is missing, or not accepted. */
export const loginRefused = (host: string, expected: string, found: string): AppError =>
  appError(
    'registry.refused',
    `The registry ${host} asks for a login.`,
    'Name a Docker configuration with credentials for it under "dockerConfig".',
    { expected, found },
  )

const noToken = (host: string, expected: string, found: string): AppError =>
  appError(
    'registry.refused',
    `The token service of the registry ${host} gave no token.`,
    `Have those who run ${host} look at its token service.`,
    { expected, found },
  )
