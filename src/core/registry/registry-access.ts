import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { CaFetch } from './ca-file.ts'
import { dockerCredentials, type RegistryCredentials } from './docker-credentials.ts'
import { noConnection } from './no-connection.ts'
import { readBounded } from './read-bounded.ts'

const tokenAnswer = z.object({
  token: z.string().max(16_384).optional(),
  access_token: z.string().max(16_384).optional(),
  expires_in: z.number().positive().max(86_400).default(60),
})

const maxAnswer = 64 * 1024
const maxTokens = 64

/**
 * Gives read access to one registry: answers its challenges (RFC 7235; distribution, "token authentication") with the
 * credentials of a Docker configuration, or without any if tokens are public. Tokens are kept until shortly before
 * their expiry. Credentials go to the registry itself and to the token service that it names over https. Certificates
 * are issued by well-known CAs, or by the one that is configured for this registry; they are always verified.
 */
export class RegistryAccess {
  readonly #host: string
  readonly #dockerConfig: string | undefined
  readonly #caFetch: CaFetch | undefined
  /** The CA file of the registry's certificate, where one is named. */
  readonly caFile: string | undefined
  readonly #tokens = new LRUCache<string, { readonly value: string; readonly until: number }>({ max: maxTokens })

  constructor(host: string, dockerConfig: string | undefined, caFile?: string) {
    this.#host = host
    this.#dockerConfig = dockerConfig
    this.caFile = caFile
    this.#caFetch = caFile === undefined ? undefined : new CaFetch(caFile)
  }

  /** What the registry and its token service are asked with; an error when the CA file cannot be used. */
  async fetch(): Promise<Result<typeof fetch>> {
    return this.#caFetch?.fetch() ?? ok(fetch)
  }

  /** Closes kept connections; what is in progress ends first. */
  async close(): Promise<void> {
    await this.#caFetch?.close()
  }

  /** The Authorization header for a scope, when it is known already. */
  known(scope: string): string | undefined {
    const found = this.#tokens.get(scope)
    return found !== undefined && found.until > performance.now() ? found.value : undefined
  }

  /** The Authorization header that answers a challenge; undefined when there is no answer. */
  async answer(
    challenge: string,
    origin: string,
    scope: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<string | undefined>> {
    const credentials =
      this.#dockerConfig === undefined ? ok(undefined) : await dockerCredentials(this.#dockerConfig, this.#host)
    if (!credentials.ok) return credentials
    if (/^basic\b/i.test(challenge)) return ok(basic(credentials.value))
    const realm = parameter(challenge, 'realm')
    if (!/^bearer\b/i.test(challenge) || realm === undefined || !URL.canParse(realm)) return ok(undefined)
    const url = new URL(realm)
    if (url.protocol !== 'https:' && url.origin !== origin) {
      return err(this.#refused('a token service over https, or at the registry itself', url.origin))
    }
    if (!origin.startsWith('https:') && url.origin !== origin && credentials.value !== undefined) {
      // An attacker who can change http responses could name a token service of their own.
      return err(this.#refused(`credentials for a registry over http stay at ${origin}`, url.origin))
    }
    const service = parameter(challenge, 'service')
    return this.#token(url, { scope, ...(service === undefined ? {} : { service }) }, credentials.value, signal)
  }

  async #token(
    url: URL,
    query: Readonly<Record<string, string>> & { readonly scope: string },
    credentials: RegistryCredentials | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<string>> {
    const options = { redirect: 'error', ...(signal === undefined ? {} : { signal }) } as const
    const fetching = await this.fetch()
    if (!fetching.ok) return fetching
    const fetch = fetching.value
    try {
      let response: Response
      if (credentials?.kind === 'refresh-token') {
        const body = { grant_type: 'refresh_token', client_id: 'sigstore-attestor', refresh_token: credentials.token }
        response = await fetch(url, { ...options, method: 'POST', body: new URLSearchParams({ ...query, ...body }) })
      } else {
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
        const authorization = basic(credentials)
        response = await fetch(url, { ...options, headers: authorization === undefined ? {} : { authorization } })
      }
      const body = await readBounded(response, maxAnswer)
      const parsed = tokenAnswer.safeParse(parseJson(body?.toString('utf8') ?? ''))
      const token = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined
      if (response.status !== 200 || !parsed.success || token === undefined || /[^\x21-\x7e]/.test(token)) {
        return err(this.#refused('a token', `HTTP ${response.status} from ${url.host}`))
      }
      return ok(this.#keep(query.scope, `Bearer ${token}`, parsed.data.expires_in))
    } catch (error) {
      const what = `The token service of the registry ${this.#host} could not be asked.`
      return err(noConnection({ what, host: url.host, caFile: this.caFile }, error))
    }
  }

  #keep(scope: string, value: string, seconds: number): string {
    this.#tokens.set(scope, { value, until: performance.now() + Math.max(0, seconds - 10) * 1000 })
    return value
  }

  #refused = (expected: string, found: string) =>
    appError(
      'registry.refused',
      `The registry ${this.#host} asks for a login.`,
      'Name a Docker configuration with credentials for it under "dockerConfig".',
      { expected, found },
    )
}

const basic = (credentials: RegistryCredentials | undefined): string | undefined =>
  credentials?.kind === 'password'
    ? `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    : undefined

/** A parameter of a challenge. */
const parameter = (challenge: string, name: string): string | undefined =>
  new RegExp(`[\\s,]${name}="([^"]{1,2000})"`, 'i').exec(challenge)?.[1]
