import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError } from '../../files/file-error.ts'
import { networkFetch } from '../../network/fetch.ts'
import { noConnection } from '../../network/no-connection.ts'
import { routeTo } from '../../network/proxy.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { connectFailure } from '../setup/reachable-hosts.ts'

export interface DownloadOptions {
  readonly url: string
  /** The target file. A partial earlier download in it is continued. */
  readonly file: string
  readonly maxBytes: number
  readonly signal?: AbortSignal
  /** How long the server may be silent. */
  readonly stallMs: number
  readonly onProgress?: (done: number, total: number | undefined) => void
}

const maxRedirects = 5

/**
 * Downloads to a file and returns the SHA-256 of all its bytes, or why not, in words. Nothing is trusted here: the
 * caller checks the hash. A response longer than `maxBytes` is cut off and the file removed; an interrupted one leaves
 * the file, to be continued the next time. Redirects are followed, at most five, never from https to http.
 */
export async function download(options: DownloadOptions): Promise<Result<{ sha256: string; size: number }, string>> {
  const had = await stat(options.file).then(
    ({ size }) => size,
    () => 0,
  )
  const response = await open(options, had)
  if (!response.ok) return response
  const { answer, url } = response.value
  const resumed = answer.status === 206 && answer.headers.get('content-range')?.startsWith(`bytes ${had}-`) === true
  if (answer.status !== 200 && !resumed) {
    answer.end()
    // 416: what we have is not a prefix of what the server has.
    if (had > 0 && (answer.status === 416 || answer.status === 206)) {
      await rm(options.file, { force: true })
      return download(options)
    }
    return err(`${url.href} answers ${answer.status}`)
  }
  return receive(answer, options, resumed ? had : 0)
}

async function open(options: DownloadOptions, had: number): Promise<Result<{ answer: Download; url: URL }, string>> {
  let url = new URL(options.url)
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const answer = await request(url, had, options)
    if (!answer.ok) return answer
    const { status, headers } = answer.value
    if (![301, 302, 303, 307, 308].includes(status)) return ok({ answer: answer.value, url })
    answer.value.end()
    const location = headers.get('location')
    if (location === null) return err(`${url.href} redirects to nowhere`)
    const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
    if (next === undefined || (next.protocol !== 'https:' && next.protocol !== url.protocol)) {
      return err(`${url.href} redirects to an address that is not https`)
    }
    url = next
  }
  return err(`${options.url} redirects more than ${maxRedirects} times`)
}

/** A response under way. */
interface Download {
  readonly status: number
  readonly headers: Headers
  readonly body: Readable
  /** Begins the time again in which the server may be silent. */
  readonly heard: () => void
  /** Lets go of it. */
  readonly end: () => void
}

async function request(url: URL, had: number, options: DownloadOptions): Promise<Result<Download, string>> {
  const { stallMs } = options
  const fetching = await networkFetch()
  if (!fetching.ok) return err(fetching.error.what)
  const ended = new AbortController()
  const silent = (): void => ended.abort(new Error(`silent for ${stallMs / 1000} s`))
  let timer = setTimeout(silent, stallMs)
  const signal = firstSignal(ended.signal, options.signal)
  const headers = {
    'user-agent': 'sigstore-attestor',
    'accept-encoding': 'identity',
    ...(had > 0 ? { range: `bytes=${had}-` } : {}),
  }
  try {
    const response = await fetching.value(url, { headers, signal, redirect: 'manual' })
    return ok({
      status: response.status,
      headers: response.headers,
      body: response.body === null ? Readable.from([]) : Readable.from(response.body),
      heard: () => {
        clearTimeout(timer)
        timer = setTimeout(silent, stallMs)
      },
      end: () => {
        clearTimeout(timer)
        ended.abort()
      },
    })
  } catch (error) {
    clearTimeout(timer)
    if (options.signal?.aborted === true) return err('cancelled')
    return err(ended.signal.aborted ? `${url.host}: silent for ${stallMs / 1000} s` : whyNot(url, error))
  }
}

/** As for a host that was tried before; else with what TLS or a proxy had against it. */
function whyNot(url: URL, error: unknown): string {
  const cause: NodeJS.ErrnoException | undefined =
    error instanceof Error && error.cause instanceof Error ? error.cause : undefined
  const simple = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED)$/.test(cause?.code ?? '')
  const direct = routeTo(url, process.env).kind === 'direct'
  if (cause !== undefined && simple && direct) return connectFailure(url.host, cause)
  return `${url.host}: ${noConnection(error, url, { key: 'SSL_CERT_FILE' }).found}`
}

async function receive(
  answer: Download,
  options: DownloadOptions,
  had: number,
): Promise<Result<{ sha256: string; size: number }, string>> {
  const { file, maxBytes, onProgress } = options
  const length = Number(answer.headers.get('content-length') ?? Number.NaN)
  const total = Number.isSafeInteger(length) ? had + length : undefined
  const hash = createHash('sha256')
  let size = had
  let tooLong = total !== undefined && total > maxBytes
  if (!tooLong && had > 0) for await (const chunk of createReadStream(file)) hash.update(chunk)
  // A generator, not a Transform: with one of those, Node 24.22 never ends the pipeline when a file cannot be written.
  const meter = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      answer.heard()
      size += chunk.length
      tooLong = size > maxBytes
      if (tooLong) throw new Error('too long')
      hash.update(chunk)
      onProgress?.(size, total)
      yield chunk
    }
  }
  try {
    if (tooLong) throw new Error('too long')
    const target = createWriteStream(file, { flags: had > 0 ? 'a' : 'w', mode: 0o600 })
    await pipeline(answer.body, meter, target, ...(options.signal ? [{ signal: options.signal }] : []))
  } catch (error) {
    answer.end()
    if (tooLong) await rm(file, { force: true })
    if (options.signal?.aborted === true) return err('cancelled')
    if (tooLong) return err(`${options.url} is longer than the ${maxBytes} bytes allowed`)
    if (error instanceof Error && 'syscall' in error && error.syscall !== 'read')
      return err(describeFileError(error, file))
    return err(brokeOff(size, total, error))
  }
  answer.end()
  if (total !== undefined && size !== total) return err(brokeOff(size, total))
  return ok({ sha256: hash.digest('hex'), size })
}

const brokeOff = (size: number, total: number | undefined, error?: unknown): string => {
  const why = error instanceof Error ? ` (${error.message})` : ''
  return `the download broke off after ${size} of ${total ?? 'unknown'} bytes${why}`
}
