import { type AppError, appError } from '../domain/app-error.ts'
import { registryApi } from '../domain/oci/image-reference.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { networkFetch } from '../network/fetch.ts'
import { asksForTls, noConnection, notPlain } from './http/no-connection.ts'
import { readBounded } from './http/read-bounded.ts'
import { isSafeTarget } from './http/safe-target.ts'
import type { RegistryAccess } from './login/registry-access.ts'
import { RequestLogin } from './login/request-login.ts'

/** A registry that may be contacted, and how. */
export interface RegistryHost {
  /** `host[:port]` as used in image references. */
  readonly host: string
  /** Plain http is used only if the configuration says so. */
  readonly plainHttp: boolean
  /** Its authentication; without it, it is read anonymously. */
  readonly access?: RegistryAccess
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

interface Ask {
  readonly registry: RegistryHost
  /** Path and query below the host. */
  readonly path: string
  readonly accept?: string
  /** The body to write; without it, it is a read. */
  readonly put?: { readonly mediaType: string; readonly text: string }
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

const maxRedirects = 3

/**
 * One bounded GET at a registry. Redirects are followed here: three at most, to https, or to the very registry that is
 * configured as plain http. Credentials go to the registry's own address only, and to its token service. Any status is
 * a result; an error means that there was no response.
 */
export const get = (ask: Omit<Ask, 'put'>): Promise<Result<HttpAnswer>> => send(ask, maxRedirects)

/** One bounded PUT at a registry, with the same login. A redirect is a result like any other. */
export const put = (ask: Ask & Required<Pick<Ask, 'put'>>): Promise<Result<HttpAnswer>> => send(ask, undefined)

async function send(ask: Ask, allowedRedirects: number | undefined): Promise<Result<HttpAnswer>> {
  const { registry } = ask
  const { origin } = new URL(`${registry.plainHttp ? 'http' : 'https'}://${registryApi(registry.host)}`)
  const login = registry.access && new RequestLogin(registry.access, origin, scopeOf(ask))
  const answer = await follow(ask, { origin, login, allowedRedirects })
  if (!answer.ok || login === undefined || answer.value.status < 400) return answer
  // Its text goes into an error, and it may repeat the request.
  return ok({ ...answer.value, body: Buffer.from(login.mask(answer.value.body.toString('utf8'))) })
}

async function follow(
  ask: Ask,
  how: {
    readonly origin: string
    readonly login: RequestLogin | undefined
    readonly allowedRedirects: number | undefined
  },
): Promise<Result<HttpAnswer>> {
  const { registry } = ask
  const { origin, login, allowedRedirects } = how
  let url = new URL(ask.path, origin)
  for (let redirects = 0; ; ) {
    if (!isSafeTarget(url, origin)) {
      return err(unusable(registry, 'a redirect to https', `a redirect to ${url.origin}`, redirectRemedy(registry)))
    }
    const own = url.origin === origin
    const answer = await once(url, ask, own ? login?.header : undefined)
    if (!answer.ok) return answer
    const again = own && login !== undefined ? await login.again(answer.value, ask.signal) : ok(false)
    if (!again.ok) return again
    if (again.value) continue
    const { status, headers } = answer.value
    const location = headers.get('location')
    if (status < 300 || status > 399 || location === null) return answer
    if (allowedRedirects === undefined) return answer
    if (redirects === allowedRedirects)
      return err(unusable(registry, `at most ${allowedRedirects} redirects`, 'more', redirectRemedy(registry)))
    if (!URL.canParse(location, url.href))
      return err(unusable(registry, 'a redirect to a URL', 'another text', redirectRemedy(registry)))
    url = new URL(location, url)
    redirects++
  }
}

/** The scope requested from a token service: to read this repository, and to write it only if needed. */
const scopeOf = ({ path, put }: Ask): string =>
  `repository:${/^\/v2\/(.+)\/(?:manifests|blobs|referrers)\//.exec(path)?.[1]}:${put === undefined ? 'pull' : 'pull,push'}`

async function once(url: URL, ask: Ask, authorization: string | undefined): Promise<Result<HttpAnswer>> {
  const { registry } = ask
  const what = `The registry ${registry.host} could not be ${ask.put === undefined ? 'read' : 'written'}.`
  const fetching = await (registry.access?.fetch() ?? networkFetch())
  if (!fetching.ok) return fetching
  try {
    const response = await fetching.value(url, {
      redirect: 'manual',
      credentials: 'omit',
      headers: {
        accept: ask.accept ?? '*/*',
        'accept-encoding': 'identity',
        ...(authorization === undefined ? {} : { authorization }),
        ...(ask.put === undefined ? {} : { 'content-type': ask.put.mediaType }),
      },
      ...(ask.put === undefined ? {} : { method: 'PUT', body: ask.put.text }),
      ...(ask.signal === undefined ? {} : { signal: ask.signal }),
    })
    const body = await readBounded(response, ask.maxBytes)
    if (body === undefined) return err(unusable(registry, `at most ${ask.maxBytes} bytes`, 'more bytes'))
    if (url.protocol === 'http:' && asksForTls(response.status, body)) return err(notPlain(what, url.host))
    return ok({ status: response.status, headers: response.headers, body })
  } catch (error) {
    return err(noConnection({ what, url, caFile: registry.access?.caFile }, error))
  }
}

const redirectRemedy = ({ host }: RegistryHost): string =>
  `Have those who run ${host} serve its content themselves, or redirect to https.`

const unusable = (
  registry: RegistryHost,
  expected: string,
  found: string,
  remedy = 'Look at what the registry holds.',
): AppError =>
  appError('registry.unusable', `The registry ${registry.host} gave an answer that is not accepted.`, remedy, {
    expected,
    found,
  })
