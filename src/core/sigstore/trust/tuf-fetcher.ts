import { BaseFetcher } from 'tuf-js'
// Not exported above it: by this error, and no other, tuf-js knows that there is no newer root.
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { whatAndFound } from '../../domain/app-error.ts'
import { networkFetch } from '../../network/fetch.ts'
import { noConnection, throughProxy } from '../../network/no-connection.ts'

const maxRedirects = 5

/**
 * Fetches for tuf-js until a signal ends it. tuf-js bounds the sizes; what it fetches is signed, whichever server
 * responds.
 */
export class TufFetcher extends BaseFetcher {
  readonly #signal: AbortSignal
  readonly #caFile: string | undefined
  /** Why something could not be fetched at all. "No such file" is a result, not a failure. */
  failure: string | undefined
  /** What to do about it, where that is known. */
  remedy: string | undefined

  constructor(signal: AbortSignal, caFile?: string) {
    super()
    this.#signal = signal
    this.#caFile = caFile
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const response = await this.#get(url)
    const via = throughProxy(new URL(url), process.env)
    if (response.ok && response.body !== null) return ReadableStream.from(this.#read(url, response.body))
    await response.body?.cancel()
    const notThere = response.status === 403 || response.status === 404
    if (!notThere) this.failure = `${url}: HTTP ${response.status}${via}`
    throw new DownloadHTTPError(`${url}: HTTP ${response.status}`, response.status)
  }

  /** A mirror may redirect, as a content network does; each address has a route of its own. */
  async #get(first: string): Promise<Response> {
    const fetching = await networkFetch(this.#caFile)
    if (!fetching.ok) {
      this.failure = whatAndFound(fetching.error)
      throw new Error(this.failure)
    }
    let url = first
    for (let redirects = 0; ; redirects++) {
      const response = await fetching
        .value(url, { redirect: 'manual', signal: this.#signal })
        .catch((error: unknown) => this.#fail(url, error))
      const location = response.headers.get('location')
      const redirected = response.status >= 300 && response.status <= 399 && redirects < maxRedirects
      if (!redirected || location === null || !URL.canParse(location, url)) return response
      await response.body?.cancel()
      url = new URL(location, url).href
    }
  }

  async *#read(url: string, body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      yield* body
    } catch (error) {
      this.#fail(url, error)
    }
  }

  #fail(url: string, error: unknown): never {
    const { found, remedy } = noConnection(error, new URL(url), { key: 'sigstore.caFile', file: this.#caFile })
    this.failure = `${url}: ${found}`
    this.remedy = remedy
    throw error
  }
}
