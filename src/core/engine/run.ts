import { type AppError, appError } from '../domain/app-error.ts'
import type { Redactor } from '../process/redactor.ts'
import type { SessionResources } from '../steps/resources.ts'
import type { StepContext, StepOutcome, StepRun } from '../steps/step.ts'
import type { ArtifactKind, ArtifactOf, Denial } from '../workflow/artifacts.ts'
import type { StepReport } from '../workflow/events.ts'
import type { PlannedStep } from '../workflow/plan.ts'
import { artifactOf, type RunState } from '../workflow/reducer.ts'
import { expectedPersona, type PersonaId, type RunOutcome, type Scenario } from '../workflow/scenarios.ts'
import { type StepId, steps } from '../workflow/steps.ts'
import type { EventLog } from './event-log.ts'
import type { SharedSteps } from './shared-steps.ts'

export interface RunOptions {
  readonly runId: string
  readonly scenario: Scenario
  readonly persona: PersonaId | null
  readonly plan: readonly PlannedStep[]
  readonly folder: string
  readonly log: EventLog
  readonly redactor: Redactor
  readonly session: SessionResources
  readonly shared: SharedSteps
  readonly stepRuns: Readonly<Record<StepId, StepRun>>
}

/** One telling of one scenario. All it does is append events; whoever wants to know reads the log. */
export class Run {
  readonly runId: string
  readonly folder: string
  readonly log: EventLog
  /** The log on disk, one JSON object a line. */
  readonly eventsFile: string
  readonly #options: RunOptions
  #abort = new AbortController()
  #active: Promise<RunState> | null = null

  constructor(options: RunOptions) {
    this.runId = options.runId
    this.folder = options.folder
    this.log = options.log
    this.eventsFile = options.log.path
    this.#options = options
    this.log.append({
      type: 'run.planned',
      scenario: options.scenario.id,
      profile: 'sandbox',
      steps: options.plan,
    })
  }

  /** Does every planned step in order. Never rejects for what a step does. */
  start(): Promise<RunState> {
    return this.#perform(this.#options.plan, this.#options.persona ?? this.#options.scenario.signs ?? expectedPersona)
  }

  /**
   * Does some steps again in a run that has ended, on the artifacts it has: the way to show that a remedy mends.
   * Later steps that are not among them become stale.
   */
  redo(again: readonly StepId[], persona: PersonaId = expectedPersona): Promise<RunState> {
    this.#mustBeIdle()
    const first = this.#options.plan.findIndex((step) => step.id === again[0])
    for (const { id } of this.#options.plan.slice(first + 1)) {
      const state = this.log.state.steps.find((step) => step.id === id)?.status.state
      if (again[0] !== undefined && !again.includes(id) && (state === 'passed' || state === 'refused')) {
        this.log.append({ type: 'step.staled', step: id, because: again[0] })
      }
    }
    this.#abort = new AbortController()
    return this.#perform(
      again.map((id) => ({ id, skip: null })),
      persona,
    )
  }

  /** Asks the run to stop; `start` then resolves once nothing of it is running any more. */
  cancel(reason: string): void {
    if (this.#active === null || this.#abort.signal.aborted) return
    this.log.append({ type: 'run.cancel-requested', reason })
    this.#abort.abort(reason)
  }

  #perform(plan: readonly PlannedStep[], persona: PersonaId): Promise<RunState> {
    this.#mustBeIdle()
    this.#active = this.#sequence(plan, persona).finally(() => {
      this.#active = null
    })
    return this.#active
  }

  #mustBeIdle(): void {
    if (this.#active !== null) throw new Error('This run is already under way.')
  }

  async #sequence(plan: readonly PlannedStep[], persona: PersonaId): Promise<RunState> {
    for (const { id, skip } of plan) {
      if (this.#abort.signal.aborted) break
      if (skip !== null) {
        this.log.append({ type: 'step.skipped', step: id, reason: skip })
        continue
      }
      const went = await this.#step(id, persona)
      if (went.kind === 'failed') return this.#finish('failed', went.error)
    }
    return this.#abort.signal.aborted ? this.#finish('cancelled', null) : this.#finish('proved', null)
  }

  async #step(id: StepId, persona: PersonaId): Promise<StepOutcome | { kind: 'cancelled' }> {
    const since = this.#options.shared.since(id)
    if (since !== null) {
      for (const artifact of since.artifacts) this.log.append({ type: 'step.produced', step: id, artifact })
      this.log.append({ type: 'step.reused', step: id, since: since.at })
      return { kind: 'passed', artifacts: since.artifacts }
    }
    this.log.append({ type: 'step.started', step: id })
    const timeout = AbortSignal.timeout(steps[id].timeoutMs)
    const signal = AbortSignal.any([this.#abort.signal, timeout])
    const work = (): Promise<StepOutcome> => this.#options.stepRuns[id](this.#context(id, persona, signal))
    const outcome = await (steps[id].scope === 'session' ? this.#options.shared.once(id, work) : work()).catch(
      (thrown: unknown): StepOutcome => ({ kind: 'failed', error: internalError(id, thrown) }),
    )
    // What was done when the cancel arrived is done, and is told so.
    if (this.#abort.signal.aborted && outcome.kind === 'failed') {
      this.log.append({ type: 'step.cancelled', step: id, reason: String(this.#abort.signal.reason) })
      return { kind: 'cancelled' }
    }
    return this.#settle(id, timeout.aborted && outcome.kind === 'failed' ? timedOut(id, outcome.error) : outcome)
  }

  #settle(id: StepId, outcome: StepOutcome): StepOutcome {
    for (const artifact of outcome.artifacts ?? []) this.log.append({ type: 'step.produced', step: id, artifact })
    if (outcome.kind === 'passed') {
      this.log.append({ type: 'step.passed', step: id })
      return outcome
    }
    if (outcome.kind === 'refused' && (this.#options.scenario.refusals.includes(id) || id === 'attest')) {
      this.log.append({ type: 'step.refused', step: id, denial: outcome.denial })
      return outcome
    }
    const error = outcome.kind === 'refused' ? unexpectedRefusal(id, outcome.denial) : outcome.error
    this.log.append({ type: 'step.failed', step: id, error })
    return { kind: 'failed', error }
  }

  #finish(how: 'proved' | 'failed' | 'cancelled', error: AppError | null): RunState {
    const attestation = how === 'proved' ? artifactOf(this.log.state, 'attestation') : undefined
    const outcome: RunOutcome =
      how !== 'proved' ? how : attestation?.svid ? 'svid' : attestation?.denial ? 'denied' : 'failed'
    const denial = attestation?.denial ?? null
    const { expected } = this.#options.scenario
    const ok = outcome === expected.outcome && (denial?.gate ?? null) === expected.gate
    return this.log.append({ type: 'run.finished', outcome, ok, denial, error })
  }

  #context(id: StepId, persona: PersonaId, signal: AbortSignal): StepContext {
    const { scenario, folder, redactor, session, runId } = this.#options
    const optional = <K extends ArtifactKind>(kind: K): ArtifactOf<K> | undefined => artifactOf(this.log.state, kind)
    return {
      runId,
      scenario,
      persona,
      folder,
      redactor,
      session,
      signal,
      logFile: `${folder}/${id}.log`,
      optional,
      artifact: <K extends ArtifactKind>(kind: K): ArtifactOf<K> => {
        const found = optional(kind)
        if (found === undefined) throw new Error(`Step ${id} asked for ${kind}, which the run does not have.`)
        return found
      },
      report: (report: StepReport) => this.log.append({ ...report, step: id }),
    }
  }
}

const internalError = (id: StepId, thrown: unknown): AppError =>
  appError(
    'run.internal',
    `The step "${steps[id].title}" ran into a bug of this program.`,
    'Report it with the event log of this run.',
    { found: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) },
  )

const timedOut = (id: StepId, error: AppError): StepOutcome => ({
  kind: 'failed',
  error: appError('run.step-timed-out', `The step "${steps[id].title}" did not end in time.`, error.remedy, {
    expected: `an end within ${steps[id].timeoutMs / 1000} s`,
    found: error.what,
    evidence: error.evidence,
  }),
})

const unexpectedRefusal = (id: StepId, denial: Denial): AppError =>
  appError(
    'run.unexpected-refusal',
    `The step "${steps[id].title}" was refused at gate ${denial.gate}.`,
    denial.remedy,
    {
      expected: denial.expected,
      found: denial.found,
    },
  )
