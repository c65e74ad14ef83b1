import { type AppError, appError } from '../domain/app-error.ts'
import { whyNoAnswer } from '../domain/no-answer.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readBounded } from './read-bounded.ts'
import type { RegistryAccess } from './registry-access.ts'

/** A registry that may be asked, and how. */
export interface RegistryHost {
  /** `host[:port]` as it stands in image references. */
  readonly host: string
  /** Plain http is used only where the configuration says so. */
  readonly plainHttp: boolean
  /** How it lets itself be read when it asks; without it, it is read without any login. */
  readonly access?: RegistryAccess
}

/** Docker Hub's name in image references is not where it answers. */
const answersAt = (host: string): string => (host === 'docker.io' ? 'registry-1.docker.io' : host)

/** What reading a repository asks a token service for. */
const scopeOf = (path: string): string =>
  `repository:${/^\/v2\/(.+)\/(?:manifests|blobs|referrers)\//.exec(path)?.[1]}:pull`

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

const maxRedirects = 3

/**
 * One bounded GET at a registry. Redirects are followed by hand: three at most, to https, or to the very registry that
 * is named as plain http. Credentials go to the registry's own address only, and where it sends for a token. Any status
 * is an answer; an error means that there was none.
 */
export async function get(options: {
  readonly registry: RegistryHost
  /** Path and query below the host. */
  readonly path: string
  readonly accept?: string
  readonly maxBytes: number
  readonly signal?: AbortSignal
}): Promise<Result<HttpAnswer>> {
  const { registry } = options
  const { origin } = new URL(`${registry.plainHttp ? 'http' : 'https'}://${answersAt(registry.host)}`)
  const scope = scopeOf(options.path)
  let authorization = registry.access?.known(scope)
  let asked = false
  let url = new URL(options.path, origin)
  for (let redirects = 0; ; redirects++) {
    if (url.protocol !== 'https:' && url.origin !== origin) {
      return err(unusable(registry, 'a redirect to https', `a redirect to ${url.origin}`))
    }
    const answer = await once(url, options, url.origin === origin ? authorization : undefined)
    if (!answer.ok) return answer
    const challenge = answer.value.headers.get('www-authenticate')
    if (answer.value.status === 401 && challenge !== null && registry.access !== undefined && !asked) {
      const answered = await registry.access.answer(challenge, origin, scope, options.signal)
      if (!answered.ok) return answered
      if (answered.value === undefined) return answer
      authorization = answered.value
      asked = true
      redirects--
      continue
    }
    const location = answer.value.headers.get('location')
    if (answer.value.status < 300 || answer.value.status > 399 || location === null) return answer
    if (redirects === maxRedirects) return err(unusable(registry, `at most ${maxRedirects} redirects`, 'more'))
    if (!URL.canParse(location, url.href)) return err(unusable(registry, 'a redirect to a URL', 'another text'))
    url = new URL(location, url)
  }
}

async function once(
  url: URL,
  options: {
    readonly registry: RegistryHost
    readonly accept?: string
    readonly maxBytes: number
    readonly signal?: AbortSignal
  },
  authorization: string | undefined,
): Promise<Result<HttpAnswer>> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      credentials: 'omit',
      headers: {
        accept: options.accept ?? '*/*',
        'accept-encoding': 'identity',
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    const body = await readBounded(response, options.maxBytes)
    if (body === undefined) return err(unusable(options.registry, `at most ${options.maxBytes} bytes`, 'more bytes'))
    return ok({ status: response.status, headers: response.headers, body })
  } catch (error) {
    return err(unreachable(options.registry, whyNoAnswer(error)))
  }
}

const unreachable = (registry: RegistryHost, found: string): AppError =>
  appError(
    'registry.unreachable',
    `The registry ${registry.host} could not be read.`,
    'Start the registry or mend the connection, then try again.',
    { expected: `an answer from ${registry.host}`, found },
  )

const unusable = (registry: RegistryHost, expected: string, found: string): AppError =>
  appError(
    'registry.unusable',
    `The registry ${registry.host} gave an answer that is not accepted.`,
    'Look at what the registry holds.',
    { expected, found },
  )
