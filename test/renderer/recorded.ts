import { readFileSync } from 'node:fs'
import type { RunEvent } from '../../src/core/workflow/events.ts'
import { type RunState, replay } from '../../src/core/workflow/reducer.ts'

/** The events of a recorded run. */
export const eventsOf = (name: string): readonly RunEvent[] =>
  readFileSync(new URL(`recordings/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent)
    // The header and the log lines have no number.
    .filter(({ seq }) => seq !== undefined)

/** A recorded run just after the first event that fits; whole without one. */
export function recorded(name: string, until?: (event: RunEvent) => boolean): RunState {
  const events = eventsOf(name)
  const end = until === undefined ? events.length : events.findIndex(until) + 1
  const state = replay(events.slice(0, end))
  if (state === null || end === 0) throw new Error(`${name} has no such event`)
  return state
}
