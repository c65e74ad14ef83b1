import { BaseFetcher } from 'tuf-js'
// Not exported above it: by this error, and no other, tuf-js knows that there is no newer root.
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { whyNoAnswer } from '../../domain/no-answer.ts'

/**
 * Fetches for tuf-js until a signal ends it. tuf-js bounds the sizes; what it fetches is signed, whichever server
 * responds.
 */
export class TufFetcher extends BaseFetcher {
  readonly #signal: AbortSignal
  /** Why something could not be fetched at all. "No such file" is a result, not a failure. */
  failure: string | undefined

  constructor(signal: AbortSignal) {
    super()
    this.#signal = signal
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const response = await fetch(url, { signal: this.#signal }).catch((error: unknown) => this.#fail(url, error))
    if (response.ok && response.body !== null) return ReadableStream.from(this.#read(url, response.body))
    await response.body?.cancel()
    const notThere = response.status === 403 || response.status === 404
    if (!notThere) this.failure = `${url}: HTTP ${response.status}`
    throw new DownloadHTTPError(`${url}: HTTP ${response.status}`, response.status)
  }

  async *#read(url: string, body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      yield* body
    } catch (error) {
      this.#fail(url, error)
    }
  }

  #fail(url: string, error: unknown): never {
    this.failure = `${url}: ${whyNoAnswer(error)}`
    throw error
  }
}
