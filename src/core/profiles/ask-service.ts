import { ok, type Result } from '../domain/result.ts'
import { ask } from '../sigstore/logs/ask.ts'

/** What a service answered. */
export interface ServiceAnswer {
  readonly status: number
  readonly text: string
  /** The time that the service says it is, in milliseconds since the epoch; undefined when it does not say. */
  readonly time: number | undefined
}

const longest = 1024 * 1024

/** One bounded GET at a service of a profile; an error tells in a few words why there was no answer. */
export async function askService(url: URL, signal: AbortSignal): Promise<Result<ServiceAnswer, string>> {
  const answer = await ask(url, longest, signal)
  if (!answer.ok) return answer
  const { status, body, time } = answer.value
  return ok({ status, text: body.toString('utf8'), time })
}
