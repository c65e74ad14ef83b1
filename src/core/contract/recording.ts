import * as z from 'zod'
import type { AppError } from '../domain/app-error.ts'
import { isObject, parseJson, withoutMark } from '../domain/json.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { list, record, text, time } from '../domain/shapes.ts'
import { type RunEvent, runEventSchema } from '../workflow/events.ts'
import { planFor } from '../workflow/plan.ts'
import { type RunState, reduce } from '../workflow/reducer.ts'
import { type ScenarioId, scenarioIds, scenarios } from '../workflow/scenarios.ts'
import { type StepId, stepIds, steps } from '../workflow/steps.ts'
import * as errors from './recording-errors.ts'
import { contradiction } from './recording-order.ts'

/** Lines that a step's tools printed. */
export interface RecordedLines {
  /** The number of the event after which they were printed. */
  readonly after: number
  readonly step: StepId
  readonly lines: readonly string[]
}

/** A run that can be shown again anywhere: what happened, and what the tools printed meanwhile. */
export interface Recording {
  /** Version of the program that made it. */
  readonly program: string
  /** ISO 8601. */
  readonly recordedAt: string
  readonly scenario: ScenarioId
  readonly events: readonly RunEvent[]
  /** In the order of `after`. */
  readonly logs: readonly RecordedLines[]
}

/** A parsed recording: every event can be applied, from the first to the last. */
export interface ReadRecording extends Recording {
  /** What is missing: the rest of a truncated file, or the end of an unfinished run. Null when complete. */
  readonly missing: AppError | null
}

/** The limits of a recording. Anything larger is refused, before it is read if possible. */
export const recordingBounds = {
  characters: 32 * 1024 * 1024,
  lineCharacters: 1024 * 1024,
  events: 20_000,
  logLines: 250_000,
} as const

const format = 'sigstore-attestor-recording'
const version = 1

const headerSchema = record({
  format: z.literal(format),
  version: z.literal(version),
  program: z.string().max(100),
  recordedAt: time,
  scenario: z.enum(scenarioIds),
})

const linesSchema = record({ type: z.literal('log'), after: z.int(), step: z.enum(stepIds), lines: list(text) })

const eventTypes: ReadonlySet<unknown> = new Set(runEventSchema.options.map((each) => each.unwrap().shape.type.value))

/** A recording as text: one JSON object a line, the header first. */
export function writeRecording({ program, recordedAt, scenario, events, logs }: Recording): string {
  const lines: unknown[] = [{ format, version, program, recordedAt, scenario }]
  let next = 0
  for (const event of events) {
    lines.push(event)
    for (let log = logs[next]; log !== undefined && log.after <= event.seq; log = logs[++next]) {
      lines.push({ type: 'log', ...log, after: event.seq })
    }
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/**
 * Parses a recording, which may come from anywhere: whatever is not exactly as this program writes it is refused, with
 * the number of the line, except what editors add at both ends. Only the end may be missing: what was read before is complete, and `missing` says so.
 */
export function parseRecording(content: string): Result<ReadRecording> {
  if (content.length > recordingBounds.characters) return err(errors.tooLarge(content.length))
  const lines = withoutMark(content).split('\n')
  // What follows the last line feed is empty, or a line that may have been truncated.
  const last = (lines.pop() ?? '').trim()
  if (last !== '') lines.push(last)
  // Editors add a byte order mark at the beginning, and blank lines at the end.
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  const header = readHeader(lines[0] ?? '')
  if (!header.ok) return header
  const parsed = new RecordingContent(header.value)
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const value = readLine(line)
    if (value === undefined && index === lines.length - 1 && last !== '') {
      return whole(header.value, parsed, errors.cutOff(index + 1, parsed.events.length))
    }
    const problem = value === undefined ? errors.notJson(index + 1, line) : parsed.take(index + 1, value)
    if (problem !== null) return err(problem)
  }
  return whole(header.value, parsed, null)
}

type Header = z.output<typeof headerSchema>

function whole(header: Header, parsed: RecordingContent, cut: AppError | null): Result<ReadRecording> {
  if (parsed.state === null) return err(cut ?? errors.empty)
  const { program, recordedAt, scenario } = header
  const missing = cut ?? (parsed.state.outcome === null ? errors.unfinished(parsed.events.length) : null)
  return ok({ program, recordedAt, scenario, events: parsed.events, logs: parsed.logs, missing })
}

function readHeader(line: string): Result<Header> {
  const value = readLine(line)
  if (!isObject(value) || value['format'] !== format) return err(errors.notOne(line))
  if (value['version'] !== version) return err(errors.otherVersion(version, value['version']))
  const header = headerSchema.safeParse(value)
  return header.success ? ok(header.data) : err(errors.wrongLine(1, header.error, value))
}

/** The content of a line, or undefined when it is too long or not JSON. */
function readLine(line: string): unknown {
  return line.length > recordingBounds.lineCharacters ? undefined : parseJson(line)
}

/** What a recording has contained so far. */
class RecordingContent {
  readonly events: RunEvent[] = []
  readonly logs: RecordedLines[] = []
  readonly #scenario: ScenarioId
  /** Version of the program that made the recording. */
  readonly #program: string
  #logLines = 0
  state: RunState | null = null

  constructor({ scenario, program }: Header) {
    this.#scenario = scenario
    this.#program = program
  }

  /** Adds a line, or returns why it is invalid. */
  take(line: number, value: unknown): AppError | null {
    const type = isObject(value) ? value['type'] : undefined
    if (type === 'log') return this.#takeLines(line, value)
    if (!eventTypes.has(type)) return errors.unknownType(line, type)
    const event = runEventSchema.safeParse(value)
    return event.success ? this.#takeEvent(line, event.data) : errors.wrongLine(line, event.error, value)
  }

  #takeEvent(line: number, event: RunEvent): AppError | null {
    if (this.events.length >= recordingBounds.events) return errors.tooMany(line, 'events', recordingBounds.events)
    const plan = this.#otherPlan(event)
    if (plan !== null) return errors.otherPlan(this.#program, plan)
    try {
      const problem = this.#differs(event)
      if (problem !== null) return errors.notFollowing(line, problem)
      this.state = reduce(this.state, event)
    } catch (thrown) {
      const found = thrown instanceof Error ? thrown.message : String(thrown)
      return errors.notFollowing(line, { expected: 'an event that can follow', found })
    }
    this.events.push(event)
    return null
  }

  /** The plan of this program's version for the scenario, and the recorded one; null if they are the same. */
  #otherPlan(event: RunEvent): errors.Difference | null {
    if (this.state !== null || event.type !== 'run.planned' || event.scenario !== this.#scenario) return null
    const plan = (planned: typeof event.steps) =>
      planned.map(({ id, skip }) => `${id}${skip === null ? '' : ' (skipped)'}`).join(', ')
    const [expected, found] = [plan(planFor(scenarios[event.scenario], event.profile)), plan(event.steps)]
    return expected === found ? null : { expected, found }
  }

  /** What the views rely on and the reducer does not check: one run, the plan of its scenario, numbers in order. */
  #differs(event: RunEvent): errors.Difference | null {
    const before = this.state
    const seq = (before?.lastSeq ?? 0) + 1
    if (event.seq !== seq) {
      return {
        expected: `event ${seq}`,
        found: `event ${event.seq}${event.seq < seq ? ', which was recorded before' : ''}`,
      }
    }
    if (before === null) {
      if (event.type !== 'run.planned') return { expected: 'run.planned', found: event.type }
      if (event.scenario !== this.#scenario) return { expected: this.#scenario, found: event.scenario }
      return null
    }
    if (event.runId !== before.runId) return { expected: `run ${before.runId}`, found: `run ${event.runId}` }
    const step = 'step' in event ? event.step : event.type === 'run.paused' ? event.before : null
    if (step !== null && !before.steps.some(({ id }) => id === step)) {
      return { expected: `a step of ${this.#scenario}`, found: step }
    }
    if (event.type === 'step.produced' && !steps[event.step].gives.includes(event.artifact.kind)) {
      return { expected: `what ${event.step} gives: ${steps[event.step].gives.join(', ')}`, found: event.artifact.kind }
    }
    return contradiction(before, this.events.at(-1)?.at ?? before.startedAt, event)
  }

  #takeLines(line: number, value: unknown): AppError | null {
    const log = linesSchema.safeParse(value)
    if (!log.success) return errors.wrongLine(line, log.error, value)
    const { after, step, lines } = log.data
    if (this.state === null || after !== this.state.lastSeq) {
      return errors.notFollowing(line, {
        expected: this.state === null ? 'run.planned' : `lines after event ${this.state.lastSeq}`,
        found: `lines after event ${after}`,
      })
    }
    this.#logLines += lines.length
    if (this.#logLines > recordingBounds.logLines) return errors.tooMany(line, 'lines', recordingBounds.logLines)
    this.logs.push({ after, step, lines })
    return null
  }
}
