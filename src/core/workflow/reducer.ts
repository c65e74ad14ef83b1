import type { AppError } from '../domain/app-error.ts'
import type { GateRecord } from '../domain/gate.ts'
import { assertNever } from '../domain/result.ts'
import type { Artifact, ArtifactKind, ArtifactOf, Denial } from './artifacts.ts'
import type { CommandCard, Progress, RunEvent } from './events.ts'
import type { Profile } from './profile.ts'
import type { RunOutcome, ScenarioId } from './scenarios.ts'
import { type StepId, steps as table } from './steps.ts'

/** The state of a step. Each state carries only what belongs to it. */
export type StepState =
  | { readonly state: 'blocked'; readonly missing: readonly ArtifactKind[] }
  | { readonly state: 'ready' }
  | { readonly state: 'running'; readonly progress: Progress | null }
  | { readonly state: 'waiting'; readonly what: string; readonly until: string | null; readonly address: string | null }
  | { readonly state: 'cancelling' }
  | { readonly state: 'passed' }
  | { readonly state: 'refused'; readonly denial: Denial }
  | { readonly state: 'failed'; readonly error: AppError }
  | { readonly state: 'cancelled'; readonly reason: string }
  | { readonly state: 'skipped'; readonly reason: string }
  | { readonly state: 'reused'; readonly since: string }
  | { readonly state: 'stale'; readonly because: StepId }

export interface StepView {
  readonly id: StepId
  readonly status: StepState
  readonly commands: readonly CommandCard[]
  readonly notes: readonly string[]
  /** The gates of an attestation that are decided so far, in the order in which they were. */
  readonly gates: readonly GateRecord[]
  /** ISO 8601; null before the step has started or ended. */
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** Everything a front end knows about a run. */
export interface RunState {
  readonly runId: string
  readonly scenario: ScenarioId
  readonly profile: Profile
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly steps: readonly StepView[]
  /** The step that is done next when the run is continued; null while it is not paused. */
  readonly paused: StepId | null
  readonly artifacts: Readonly<Partial<Record<ArtifactKind, Artifact>>>
  readonly outcome: RunOutcome | null
  readonly ok: boolean | null
  /** Whether a person did more than the scenario: a step again after its end, or one that it leaves out. */
  readonly redone: boolean
  readonly denial: Denial | null
  readonly error: AppError | null
  readonly lastSeq: number
}

/** The artifact of a kind, if the run has it (and it is not stale). */
export function artifactOf<K extends ArtifactKind>(state: RunState, kind: K): ArtifactOf<K> | undefined {
  const found = state.artifacts[kind]
  return found !== undefined && isKind(found, kind) ? found : undefined
}

const isKind = <K extends ArtifactKind>(artifact: Artifact, kind: K): artifact is ArtifactOf<K> =>
  artifact.kind === kind

/** How long a step took or has been taking, in milliseconds; 0 before it starts. */
export function stepElapsedMs(step: StepView, now: number): number {
  if (step.startedAt === null) return 0
  return Math.max(0, (step.endedAt === null ? now : Date.parse(step.endedAt)) - Date.parse(step.startedAt))
}

/**
 * The state after one more event. Pure. The first event must be `run.planned`; an event out of sequence is a bug of
 * whatever writes the log, and throws.
 */
export function reduce(state: RunState | null, event: RunEvent): RunState {
  if (state === null) {
    if (event.type !== 'run.planned' || event.seq !== 1) throw new Error('A run begins with run.planned, number 1.')
    return begin(event)
  }
  if (event.seq !== state.lastSeq + 1) throw new Error(`Event ${event.seq} follows ${state.lastSeq}.`)
  return { ...apply(state, event), lastSeq: event.seq }
}

/** The state after a whole log, or null for an empty one. */
export const replay = (events: Iterable<RunEvent>): RunState | null => {
  let state: RunState | null = null
  for (const event of events) state = reduce(state, event)
  return state
}

function begin(event: Extract<RunEvent, { type: 'run.planned' }>): RunState {
  return unblock({
    runId: event.runId,
    scenario: event.scenario,
    profile: event.profile,
    startedAt: event.at,
    finishedAt: null,
    steps: event.steps.map(({ id, skip }) => ({
      id,
      status: skip === null ? { state: 'blocked', missing: table[id].needs } : { state: 'skipped', reason: skip },
      commands: [],
      notes: [],
      gates: [],
      startedAt: null,
      endedAt: null,
    })),
    paused: null,
    artifacts: {},
    outcome: null,
    ok: null,
    redone: false,
    denial: null,
    error: null,
    lastSeq: event.seq,
  })
}

function apply(state: RunState, event: RunEvent): RunState {
  if ('step' in event) return applyToStep(state, event)
  switch (event.type) {
    case 'run.planned':
      throw new Error('A run is planned once.')
    case 'run.paused':
      return { ...reopened(state), paused: event.before }
    case 'run.cancel-requested':
      return {
        ...state,
        steps: state.steps.map((step) =>
          step.status.state === 'running' || step.status.state === 'waiting'
            ? { ...step, status: { state: 'cancelling' } }
            : step,
        ),
      }
    case 'run.finished':
      return {
        ...state,
        paused: null,
        finishedAt: event.at,
        outcome: event.outcome,
        ok: event.ok,
        denial: event.denial,
        error: event.error,
      }
    default:
      return assertNever(event, 'event')
  }
}

type StepEvent = Extract<RunEvent, { step: StepId }>

function applyToStep(state: RunState, event: StepEvent): RunState {
  const change = (patch: (step: StepView) => Partial<StepView>): RunState => ({
    ...state,
    steps: state.steps.map((step) => (step.id === event.step ? { ...step, ...patch(step) } : step)),
  })
  const end = (status: StepState): RunState => change(() => ({ status, endedAt: event.at }))
  switch (event.type) {
    case 'step.started':
      return {
        ...reopened(
          change(() => ({
            status: { state: 'running', progress: null },
            startedAt: event.at,
            endedAt: null,
            commands: [],
            notes: [],
            gates: [],
          })),
        ),
        paused: null,
        redone: state.redone || state.finishedAt !== null || isSkipped(state, event.step),
      }
    case 'step.progressed':
      return change((step) =>
        step.status.state === 'running' ? { status: { state: 'running', progress: event.progress } } : {},
      )
    case 'step.command-ran':
      return change((step) => ({ commands: [...step.commands, event.command] }))
    case 'step.noted':
      return change((step) => ({ notes: [...step.notes, event.text] }))
    case 'step.gate-decided':
      return change((step) => ({ gates: withGate(step.gates, event.gate) }))
    case 'step.waited':
      return change((step) =>
        step.status.state === 'cancelling'
          ? {}
          : {
              status: { state: 'waiting', what: event.what, until: event.until, address: event.address ?? null },
            },
      )
    case 'step.resumed':
      return change((step) => (step.status.state === 'waiting' ? { status: { state: 'running', progress: null } } : {}))
    case 'step.produced':
      return unblock({ ...state, artifacts: { ...state.artifacts, [event.artifact.kind]: event.artifact } })
    case 'step.passed':
      return end({ state: 'passed' })
    case 'step.refused':
      return end({ state: 'refused', denial: event.denial })
    case 'step.failed':
      return end({ state: 'failed', error: event.error })
    case 'step.cancelled':
      return end({ state: 'cancelled', reason: event.reason })
    case 'step.skipped':
      return { ...end({ state: 'skipped', reason: event.reason }), paused: null }
    case 'step.reused':
      return { ...end({ state: 'reused', since: event.since }), paused: null }
    case 'step.staled':
      return unblock(change(() => ({ status: { state: 'stale', because: event.because } })))
    default:
      return assertNever(event, 'event')
  }
}

/** Whether the scenario leaves a step out, and it was not done after all. */
export const isSkipped = (state: RunState, step: StepId): boolean =>
  state.steps.some(({ id, status }) => id === step && status.state === 'skipped')

/** A run that continues after its end has no end any more. */
const reopened = (state: RunState): RunState => ({
  ...state,
  finishedAt: null,
  outcome: null,
  ok: null,
  denial: null,
  error: null,
})

/** A gate that is decided again keeps its place. */
const withGate = (gates: readonly GateRecord[], gate: GateRecord): readonly GateRecord[] =>
  gates.some(({ id }) => id === gate.id) ? gates.map((each) => (each.id === gate.id ? gate : each)) : [...gates, gate]

/** Recomputes which waiting steps could start now. */
function unblock(state: RunState): RunState {
  return {
    ...state,
    steps: state.steps.map((step) => {
      if (step.status.state !== 'blocked' && step.status.state !== 'ready') return step
      const missing = table[step.id].needs.filter((kind) => state.artifacts[kind] === undefined)
      return { ...step, status: missing.length > 0 ? { state: 'blocked', missing } : { state: 'ready' } }
    }),
  }
}
