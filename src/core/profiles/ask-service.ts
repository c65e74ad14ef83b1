import { ok, type Result } from '../domain/result.ts'
import type { NoConnection } from '../network/no-connection.ts'
import { type AskHow, ask } from '../sigstore/logs/ask.ts'

/** A service's response. */
export interface ServiceAnswer {
  readonly status: number
  readonly text: string
  /** The service's clock, in milliseconds since the epoch; undefined when it does not report it. */
  readonly time: number | undefined
}

const longest = 1024 * 1024

/** One bounded GET at a service of a profile; an error says briefly why there was no response. */
export async function askService(url: URL, how: AskHow): Promise<Result<ServiceAnswer, NoConnection>> {
  const answer = await ask(url, longest, how)
  if (!answer.ok) return answer
  const { status, body, time } = answer.value
  return ok({ status, text: body.toString('utf8'), time })
}
