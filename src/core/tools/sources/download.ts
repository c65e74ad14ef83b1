import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError } from '../../files/file-error.ts'
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
  const resumed = answer.statusCode === 206 && answer.headers['content-range']?.startsWith(`bytes ${had}-`) === true
  if (answer.statusCode !== 200 && !resumed) {
    answer.destroy()
    // 416: what we have is not a prefix of what the server has.
    if (had > 0 && (answer.statusCode === 416 || answer.statusCode === 206)) {
      await rm(options.file, { force: true })
      return download(options)
    }
    return err(`${url.href} answers ${answer.statusCode ?? 'nothing'}`)
  }
  return receive(answer, options, resumed ? had : 0)
}

async function open(
  options: DownloadOptions,
  had: number,
): Promise<Result<{ answer: IncomingMessage; url: URL }, string>> {
  let url = new URL(options.url)
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const answer = await request(url, had, options)
    if (!answer.ok) return answer
    const { statusCode = 0, headers } = answer.value
    if (![301, 302, 303, 307, 308].includes(statusCode)) return ok({ answer: answer.value, url })
    answer.value.destroy()
    if (headers.location === undefined) return err(`${url.href} redirects to nowhere`)
    const next = URL.canParse(headers.location, url.href) ? new URL(headers.location, url.href) : undefined
    if (next === undefined || (next.protocol !== 'https:' && next.protocol !== url.protocol)) {
      return err(`${url.href} redirects to an address that is not https`)
    }
    url = next
  }
  return err(`${options.url} redirects more than ${maxRedirects} times`)
}

function request(url: URL, had: number, options: DownloadOptions): Promise<Result<IncomingMessage, string>> {
  const { signal, stallMs } = options
  return new Promise((resolve) => {
    const get = url.protocol === 'http:' ? httpGet : httpsGet
    const headers = { 'user-agent': 'sigstore-attestor', ...(had > 0 ? { range: `bytes=${had}-` } : {}) }
    const call = get(url, { headers, agent: false, ...(signal ? { signal } : {}) }, (answer) => resolve(ok(answer)))
    call.setTimeout(stallMs, () => call.destroy(new Error(`silent for ${stallMs / 1000} s`)))
    call.once('error', (error: NodeJS.ErrnoException) => {
      resolve(err(signal?.aborted === true ? 'cancelled' : connectFailure(url.host, error)))
    })
  })
}

async function receive(
  answer: IncomingMessage,
  options: DownloadOptions,
  had: number,
): Promise<Result<{ sha256: string; size: number }, string>> {
  const { file, maxBytes, onProgress } = options
  const length = Number(answer.headers['content-length'] ?? Number.NaN)
  const total = Number.isSafeInteger(length) ? had + length : undefined
  const hash = createHash('sha256')
  let size = had
  let tooLong = total !== undefined && total > maxBytes
  if (!tooLong && had > 0) for await (const chunk of createReadStream(file)) hash.update(chunk)
  // A generator, not a Transform: with one of those, Node 24.22 never ends the pipeline when a file cannot be written.
  const meter = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
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
    await pipeline(answer, meter, target, ...(options.signal ? [{ signal: options.signal }] : []))
  } catch (error) {
    answer.destroy()
    if (tooLong) await rm(file, { force: true })
    if (options.signal?.aborted === true) return err('cancelled')
    if (tooLong) return err(`${options.url} is longer than the ${maxBytes} bytes allowed`)
    if (error instanceof Error && 'syscall' in error && error.syscall !== 'read')
      return err(describeFileError(error, file))
    return err(brokeOff(size, total, error))
  }
  if (total !== undefined && size !== total) return err(brokeOff(size, total))
  return ok({ sha256: hash.digest('hex'), size })
}

const brokeOff = (size: number, total: number | undefined, error?: unknown): string => {
  const why = error instanceof Error ? ` (${error.message})` : ''
  return `the download broke off after ${size} of ${total ?? 'unknown'} bytes${why}`
}
