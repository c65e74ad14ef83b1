import { whatAndFound } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { networkFetch } from '../../network/fetch.ts'
import { type NoConnection, noConnection, proxyRemedy, throughProxy } from '../../network/no-connection.ts'
import { readBounded } from '../../registry/http/read-bounded.ts'

/** A service's response. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** The service's clock, in milliseconds since the epoch; undefined when it does not report it. */
  readonly time: number | undefined
}

/** How services are asked. */
export interface AskHow {
  readonly signal: AbortSignal
  /** A CA file (PEM) that is trusted for them in addition to the CAs that this machine knows. */
  readonly caFile?: string | undefined
  /** A web page is a response like any other, unless a proxy is in between: it may be the proxy's own. */
  readonly pagesToo?: boolean
}

/** The key of a profile that names that file. */
const caKey = 'sigstore.caFile'

/**
 * One bounded GET at a service. Redirects are not followed: an endpoint is what its profile names. Any response but a
 * web page counts; an error says briefly why there was none.
 */
export async function ask(
  url: URL,
  maxBytes: number,
  { signal, caFile, pagesToo = false }: AskHow,
): Promise<Result<Answer, NoConnection>> {
  const fetching = await networkFetch(caFile)
  if (!fetching.ok) {
    return err({ found: whatAndFound(fetching.error), remedy: fetching.error.remedy })
  }
  const via = throughProxy(url, process.env)
  const refused = (found: string): Result<Answer, NoConnection> =>
    err({ found: `${found}${via}`, ...(via === '' ? {} : { remedy: proxyRemedy(url.hostname) }) })
  try {
    const response = await fetching.value(url, { redirect: 'manual', credentials: 'omit', signal })
    const body = await readBounded(response, maxBytes)
    if (body === undefined) return refused(`an answer of more than ${maxBytes} bytes`)
    const location = response.headers.get('location')
    if (location !== null) return refused(`a redirect to ${location.slice(0, 200)}`)
    const isPage = /^text\/html/i.test(response.headers.get('content-type') ?? '')
    if (isPage && (!pagesToo || via !== '')) return refused(`a web page (HTTP ${response.status})`)
    const time = Date.parse(response.headers.get('date') ?? '')
    return ok({ status: response.status, body, time: Number.isNaN(time) ? undefined : time })
  } catch (error) {
    return err(noConnection(error, url, { key: caKey, file: caFile }))
  }
}

/** An address below a service's own: its path may end with a slash or not. */
export const below = (base: string, path: string): URL => new URL(`${base.replace(/\/+$/, '')}/${path}`)
