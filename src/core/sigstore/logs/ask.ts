import { whyNoAnswer } from '../../domain/no-answer.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readBounded } from '../../registry/http/read-bounded.ts'

/** A service's response. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** The service's clock, in milliseconds since the epoch; undefined when it does not report it. */
  readonly time: number | undefined
}

/**
 * One bounded GET at a service. Redirects are not followed: an endpoint is what its profile names. Any response but a
 * web page counts; an error says briefly why there was none.
 */
export async function ask(url: URL, maxBytes: number, signal: AbortSignal): Promise<Result<Answer, string>> {
  try {
    const response = await fetch(url, { redirect: 'manual', credentials: 'omit', signal })
    const body = await readBounded(response, maxBytes)
    if (body === undefined) return err(`an answer of more than ${maxBytes} bytes`)
    const location = response.headers.get('location')
    if (location !== null) return err(`a redirect to ${location.slice(0, 200)}`)
    if (/^text\/html/i.test(response.headers.get('content-type') ?? ''))
      return err(`a web page (HTTP ${response.status})`)
    const time = Date.parse(response.headers.get('date') ?? '')
    return ok({ status: response.status, body, time: Number.isNaN(time) ? undefined : time })
  } catch (error) {
    return err(whyNoAnswer(error))
  }
}

/** An address below a service's own: its path may end with a slash or not. */
export const below = (base: string, path: string): URL => new URL(`${base.replace(/\/+$/, '')}/${path}`)
