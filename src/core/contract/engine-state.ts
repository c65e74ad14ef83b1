import { type AppError, appError } from '../domain/app-error.ts'
import { assertNever, err, ok, type Result } from '../domain/result.ts'
import type { RunEvent } from '../workflow/events.ts'
import type { Profile } from '../workflow/profile.ts'
import { type RunState, reduce, replay } from '../workflow/reducer.ts'
import type { About, Change, Leftovers, Machine, ServiceRow, SetupRow, Snapshot } from './changes.ts'
import { joinTail, type LogTail, logKey } from './log-tails.ts'

/** Everything that a front end knows of the engine, as one immutable value. */
export interface EngineState {
  readonly about: About
  /** The environment of the stories. */
  readonly profile: Profile
  readonly machine: Machine
  readonly setup: readonly SetupRow[]
  /** In the order in which they were first ready. */
  readonly services: readonly ServiceRow[]
  /** Oldest first. */
  readonly runs: readonly RunState[]
  /** What a crash has left, while the user has not decided about it. */
  readonly leftovers: Leftovers | null
  /** The newest lines of the logs that were reported or opened, by logKey(). */
  readonly logs: Readonly<Record<string, LogTail>>
}

/** The state that a snapshot describes; an event log without a valid run is an error. */
export function fromSnapshot({
  about,
  profile,
  machine,
  setup,
  services,
  runs,
  leftovers,
}: Snapshot): Result<EngineState> {
  const runStates: RunState[] = []
  for (const events of runs) {
    const run = attempt(() => replay(events))
    if (run === null) return err(unreadable(events.length))
    runStates.push(run)
  }
  return ok({ about, profile, machine, setup, services, runs: runStates, leftovers, logs: {} })
}

/** The state after a change, or null when the change does not follow this state. */
export function applyChange(state: EngineState, change: Change): EngineState | null {
  switch (change.kind) {
    case 'machine':
      return {
        ...state,
        machine: change.machine,
        setup: change.machine.state === 'preparing' ? [] : state.setup,
      }
    case 'setup':
      return { ...state, setup: withRow(state.setup, change.row) }
    case 'service':
      return { ...state, services: withService(state.services, change.row) }
    case 'event':
      return withEvent(state, change.event)
    case 'log': {
      const { runId, step, from, lines } = change
      return withLines(state, logKey(runId, step), { from, lines })
    }
    case 'profile':
      return { ...state, profile: change.profile }
    case 'leftovers':
      return { ...state, leftovers: change.leftovers }
    case 'reset':
      return { ...state, services: [], runs: [], logs: {} }
    default:
      return assertNever(change, 'change')
  }
}

/** The state with lines of one log. */
export const withLines = (state: EngineState, key: string, more: LogTail): EngineState => ({
  ...state,
  logs: { ...state.logs, [key]: joinTail(state.logs[key], more) },
})

/** The services with a newer row: in its old place, or at the end. */
export const withService = (rows: readonly ServiceRow[], row: ServiceRow): readonly ServiceRow[] =>
  rows.some(({ id }) => id === row.id) ? rows.map((each) => (each.id === row.id ? row : each)) : [...rows, row]

/** The rows with a newer one: in its old place, or at the end. */
export const withRow = (rows: readonly SetupRow[], row: SetupRow): readonly SetupRow[] =>
  rows.some(({ program }) => program === row.program)
    ? rows.map((each) => (each.program === row.program ? row : each))
    : [...rows, row]

function withEvent(state: EngineState, event: RunEvent): EngineState | null {
  const before = state.runs.find(({ runId }) => runId === event.runId)
  const after = attempt(() => reduce(before ?? null, event))
  if (after === null) return null
  return {
    ...state,
    runs: before === undefined ? [...state.runs, after] : state.runs.map((run) => (run === before ? after : run)),
  }
}

/**
 * The reducer throws for an event that it cannot follow; here that comes from outside and is not a bug of this side.
 */
function attempt(work: () => RunState | null): RunState | null {
  try {
    return work()
  } catch {
    return null
  }
}

const unreadable = (events: number): AppError =>
  appError(
    'run.unexpected-answer',
    'The engine reported a run that cannot be followed.',
    'Report it, with its event log.',
    {
      expected: 'the events of a run, in their order',
      found: `${events} events that are none`,
    },
  )
