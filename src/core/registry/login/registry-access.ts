import { LRUCache } from 'lru-cache'
import type { AppError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { NetworkFetch } from '../../network/fetch.ts'
import { type Challenge, parseChallenges } from '../http/http-fields.ts'
import { isSafeTarget } from '../http/safe-target.ts'
import type { RegistryCredentials } from './docker-config.ts'
import { dockerCredentials } from './docker-credentials.ts'
import { askTokenService, basic, loginRefused } from './token-service.ts'

/** A password, and what its helper took time for, is kept this long. A registry that rejects it ends that. */
const passwordSeconds = 60
const maxTokenSeconds = 86_400
const maxTokens = 64

/**
 * Gives read access to one registry: answers its challenges (RFC 9110; distribution, "token authentication") with the
 * credentials of a Docker configuration, or without any if tokens are public. Tokens are kept until shortly before
 * their expiry. Credentials go to the registry itself and to the token service that it names over https. Certificates
 * are issued by well-known CAs, by this machine's, or by the one that is configured for this registry; they are always
 * verified.
 */
export class RegistryAccess {
  readonly #host: string
  readonly #dockerConfig: string | undefined
  readonly #network: NetworkFetch
  /** The CA file of the registry's certificate, where one is named. */
  readonly caFile: string | undefined
  readonly #tokens = new LRUCache<string, string>({ max: maxTokens })

  constructor(host: string, dockerConfig: string | undefined, caFile?: string) {
    this.#host = host
    this.#dockerConfig = dockerConfig
    this.caFile = caFile
    this.#network = new NetworkFetch({ caFile })
  }

  /** The connection settings for the registry and its token service; an error when the CA file cannot be used. */
  async fetch(): Promise<Result<typeof fetch>> {
    return this.#network.fetch()
  }

  /** Loads what the first request over https would wait for. */
  async prepare(): Promise<void> {
    await this.#network.prepare()
  }

  /** Closes kept connections; what is in progress ends first. */
  async close(): Promise<void> {
    await this.#network.close()
  }

  /** The Authorization header for a scope, when it is known already. */
  known(scope: string): string | undefined {
    return this.#tokens.get(scope)
  }

  /** Forgets an Authorization header that the registry rejected, unless there is a newer one. */
  forget(scope: string, value: string | undefined): void {
    if (this.#tokens.get(scope) === value) this.#tokens.delete(scope)
  }

  /** The Authorization header for the first challenge of a WWW-Authenticate field that can be answered, if any. */
  async answer(
    field: string,
    origin: string,
    scope: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<string | undefined>> {
    const challenges = parseChallenges(field).filter(({ scheme }) => scheme === 'basic' || scheme === 'bearer')
    if (challenges.length === 0) return ok(undefined)
    const credentials = await this.#credentials(origin, signal)
    if (!credentials.ok) return credentials
    let refused: AppError | undefined
    for (const challenge of challenges) {
      if (challenge.scheme === 'basic') {
        const header = basic(credentials.value)
        if (header !== undefined) return ok(this.#keep(scope, header, passwordSeconds))
        continue
      }
      const realm = challenge.parameters.get('realm') ?? ''
      if (!URL.canParse(realm)) continue
      const url = new URL(realm)
      const objection = this.#objection(url, origin, credentials.value)
      if (objection === undefined) return this.#token(url, scope, challenge, credentials.value, signal)
      refused ??= objection
    }
    return refused === undefined ? ok(undefined) : err(refused)
  }

  async #credentials(
    origin: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<RegistryCredentials | undefined>> {
    if (this.#dockerConfig === undefined) return ok(undefined)
    const plainHttp = !origin.startsWith('https:')
    return dockerCredentials(this.#dockerConfig, this.#host, { plainHttp, signal })
  }

  /** Why no token is requested. */
  #objection(url: URL, origin: string, credentials: RegistryCredentials | undefined): AppError | undefined {
    if (!isSafeTarget(url, origin)) {
      return loginRefused(this.#host, 'a token service over https, or at the registry itself', url.origin)
    }
    if (!origin.startsWith('https:') && url.origin !== origin && credentials !== undefined) {
      // An attacker who can change http responses could name a token service of their own.
      return loginRefused(this.#host, `credentials for a registry over http stay at ${origin}`, url.origin)
    }
    return undefined
  }

  async #token(
    realm: URL,
    scope: string,
    { parameters }: Challenge,
    credentials: RegistryCredentials | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<string>> {
    const fetching = await this.fetch()
    if (!fetching.ok) return fetching
    const wanted = (parameters.get('scope') ?? '').split(' ').filter((each) => each !== '')
    const token = await askTokenService({
      host: this.#host,
      realm,
      // A registry cannot get more by its own scope than it has: it names the service that sees the credentials.
      scopes: wanted.length > 0 ? wanted : [scope],
      service: parameters.get('service'),
      credentials,
      fetch: fetching.value,
      caFile: this.caFile,
      signal,
    })
    if (!token.ok) return token
    return ok(this.#keep(scope, `Bearer ${token.value.token}`, Math.min(token.value.seconds, maxTokenSeconds)))
  }

  #keep(scope: string, value: string, seconds: number): string {
    // One that expires within ten seconds may be rejected on its way. To the cache, 0 would mean for ever.
    const ttl = Math.floor((seconds - 10) * 1000)
    if (ttl > 0) this.#tokens.set(scope, value, { ttl })
    return value
  }
}
