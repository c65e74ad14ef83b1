import type { Client } from '../../src/core/contract/client.ts'
import type { OutputOf } from '../../src/core/contract/contract.ts'
import { ok, type Result } from '../../src/core/domain/result.ts'
import { finder, shownLine } from '../../src/core/domain/visible-text.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'

/** The source of lines that the log view does not hold: the engine, or a recording. */
export interface LogSource {
  /** Lines by range, from 0; fewer where the log ends. At most 2,000 at once. */
  readonly read: (from: number, count: number) => Promise<Result<readonly string[]>>
  /**
   * The numbers, from 0, of the lines that contain a text as they are shown, ignoring case. Searches from line `from`
   * on, as far as it likes: `searched` is the first line that it has not searched.
   */
  readonly find: (text: string, from: number) => Promise<Result<OutputOf<'findInLog'>>>
}

/** The log of a step at the engine. */
export const engineLog = (client: Client, runId: string, step: StepId): LogSource => ({
  read: async (from, count) => {
    const answer = await client.request('getLog', { runId, step, from, count })
    return answer.ok ? ok(answer.value.lines) : answer
  },
  find: (text, from) => client.request('findInLog', { runId, step, text, from }),
})

/** A log that is loaded completely. */
export const logInMemory = (lines: readonly string[]): LogSource => ({
  read: (from, count) => Promise.resolve(ok(lines.slice(from, from + count))),
  find: (text, from) => {
    const find = finder(text)
    const found = lines.flatMap((line, number) => (number >= from && shownLine(line).search(find) >= 0 ? [number] : []))
    return Promise.resolve(ok({ lines: found, searched: lines.length }))
  },
})
