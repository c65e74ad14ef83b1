import type { RunEvent } from '../events.ts'
import { type RunState, stepElapsedMs } from '../reducer.ts'
import { type StepId, steps } from '../steps.ts'

// Live with a net: when the rehearsal is offered in place of a live run. Pure; the clock is the caller's.

/** A step is late at this many times its rehearsal. */
export const lateFactor = 3
/** Less than this is not noticed in a room, whatever the factor. */
export const leastLateMs = 2_000

export type WorkTimes = Readonly<Partial<Record<StepId, number>>>

/** How long each step of a recorded run worked, in milliseconds; what it waited for people does not count. */
export function workTimes(events: readonly RunEvent[]): WorkTimes {
  const times: Partial<Record<StepId, number>> = {}
  const since = new Map<StepId, number>()
  for (const event of events) {
    if (!('step' in event)) continue
    const at = Date.parse(event.at)
    const from = since.get(event.step)
    if (event.type === 'step.started' || event.type === 'step.resumed') {
      if (from === undefined) since.set(event.step, at)
    } else if (from !== undefined && pauses.has(event.type)) {
      times[event.step] = (times[event.step] ?? 0) + Math.max(0, at - from)
      since.delete(event.step)
    }
  }
  return times
}

const pauses: ReadonlySet<RunEvent['type']> = new Set([
  'step.waited',
  'step.passed',
  'step.refused',
  'step.failed',
  'step.cancelled',
] as const)

/** How long live steps waited for people, as far as it was observed. */
export class Waits {
  readonly #before = new Map<string, number>()
  readonly #since = new Map<string, number>()

  /** To be called at each change of the runs. */
  observe(runs: readonly RunState[], now: number): void {
    for (const { runId, steps: all } of runs)
      for (const { id, status } of all) {
        const key = `${runId}/${id}`
        const since = this.#since.get(key)
        if (status.state === 'waiting') {
          if (since === undefined) this.#since.set(key, now)
        } else if (since !== undefined) {
          this.#before.set(key, this.of(runId, id, now))
          this.#since.delete(key)
        }
      }
  }

  of(runId: string, step: StepId, now: number): number {
    const key = `${runId}/${step}`
    const since = this.#since.get(key)
    return (this.#before.get(key) ?? 0) + (since === undefined ? 0 : Math.max(0, now - since))
  }
}

/** Why the rehearsal is offered, as a sentence; null while the live run is well. */
export function troubleWith(run: RunState, rehearsed: WorkTimes, waits: Waits, now: number): string | null {
  const failed = run.steps.find(({ status }) => status.state === 'failed')
  if (failed !== undefined) return `“${steps[failed.id].title}” failed.`
  if (run.outcome === 'failed') return 'The run failed.'
  if (run.outcome === 'cancelled') return 'The run was cancelled.'
  if (run.ok === false) return 'The run ended otherwise than its scenario says.'
  for (const step of run.steps) {
    const there = rehearsed[step.id]
    if (step.status.state !== 'running' || there === undefined) continue
    const here = stepElapsedMs(step, now) - waits.of(run.runId, step.id, now)
    if (here >= Math.max(lateFactor * there, leastLateMs))
      return `“${steps[step.id].title}” takes longer than ${lateFactor} times its rehearsal (${(there / 1000).toFixed(1)} s).`
  }
  return null
}
