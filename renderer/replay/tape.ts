import { type LogTail, logKey } from '../../src/core/contract/log-tails.ts'
import type { ReadRecording } from '../../src/core/contract/recording.ts'
import type { RunEvent } from '../../src/core/workflow/events.ts'
import { type RunState, reduce } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { acts } from '../acts/table.ts'
import { type ActId, actsOf, hasPage } from '../state/acts.ts'

/** A named place in a recording: a step has just ended, and its page, or one of its results, is shown. */
export interface Stop {
  readonly act: ActId
  readonly title: string
  /** How many events have been applied there. */
  readonly position: number
}

/** The number of events between two kept states. */
const spacing = 50

const endings: ReadonlySet<RunEvent['type']> = new Set([
  'step.passed',
  'step.refused',
  'step.failed',
  'step.cancelled',
  'step.skipped',
  'step.reused',
] as const)

/**
 * A recording that can be moved to any place. A position is the number of applied events: 1 is the plan, `length` is
 * everything. It performs no requests and uses only the recording's clock.
 */
export class Tape {
  readonly recording: ReadRecording
  readonly length: number
  readonly stops: readonly Stop[]
  readonly #kept = new Map<number, RunState>()
  /** When each event happened; a clock that was set back during the recording stands still here. */
  readonly #times: readonly number[]
  #logs: { readonly batches: number; readonly byKey: Readonly<Record<string, LogTail>> } = { batches: 0, byKey: {} }

  constructor(recording: ReadRecording) {
    this.recording = recording
    this.length = recording.events.length
    let latest = 0
    this.#times = recording.events.map(({ at }) => {
      latest = Math.max(latest, Date.parse(at))
      return latest
    })
    this.stops = this.#findStops()
  }

  /** The run after this many events. */
  stateAt(position: number): RunState {
    let from = Math.floor(position / spacing) * spacing
    while (from > 0 && !this.#kept.has(from)) from -= spacing
    let state = this.#kept.get(from) ?? null
    for (let at = from; at < position; at++) {
      state = reduce(state, this.#event(at))
      if ((at + 1) % spacing === 0) this.#kept.set(at + 1, state)
    }
    if (state === null) throw new Error('A recording is looked at from its first event on.')
    return state
  }

  /** When the last applied event happened, in milliseconds since the epoch; never before an earlier one. */
  timeAt(position: number): number {
    return this.#times[position - 1] ?? 0
  }

  /** What the tools had printed until then, by logKey(). */
  logsAt(position: number): Readonly<Record<string, LogTail>> {
    const { events, logs } = this.recording
    const beyond = logs.findIndex(({ after }) => after > position)
    const batches = beyond < 0 ? logs.length : beyond
    if (batches === this.#logs.batches) return this.#logs.byKey
    const linesByKey: Record<string, string[]> = {}
    for (const { step, lines } of logs.slice(0, batches)) {
      const all = (linesByKey[logKey(events[0]?.runId ?? '', step)] ??= [])
      for (const line of lines) all.push(line)
    }
    const byKey = Object.fromEntries(Object.entries(linesByKey).map(([key, lines]) => [key, { from: 0, lines }]))
    this.#logs = { batches, byKey }
    return byKey
  }

  #event(index: number): RunEvent {
    const event = this.recording.events[index]
    if (event === undefined) throw new Error(`This recording has no event ${index + 1}.`)
    return event
  }

  #findStops(): readonly Stop[] {
    const { events } = this.recording
    const stops: Stop[] = [{ act: 'map', title: 'Trust map', position: 1 }]
    events.forEach((event, index) => {
      if (!('step' in event) || !endings.has(event.type)) return
      // A report about the whole run belongs to the step that has just ended.
      let position = index + 1
      while (events[position]?.type.startsWith('run.') === true) position++
      stops.push(...this.#stopsAt(event.step, position))
    })
    return stops
  }

  /** The page of a step, and those of its results. */
  #stopsAt(step: StepId, position: number): readonly Stop[] {
    const run = this.stateAt(position)
    return actsOf(run)
      .filter((act) => act.id === step || (act.id !== 'map' && act.step === step && hasPage(run, act.id)))
      .map(({ id }) => ({ act: id, title: acts[id].title, position }))
  }
}
