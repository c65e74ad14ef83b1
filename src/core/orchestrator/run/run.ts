import type { Pace } from '../../contract/contract.ts'
import type { AppError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { firstSignal } from '../../process/first-signal.ts'
import type { Death } from '../../process/services/health.ts'
import type { StepOutcome } from '../../steps/step.ts'
import {
  firstUndoneBefore,
  type PlannedStep,
  planAfter,
  planAfterLoss,
  planToResume,
  staledBy,
} from '../../workflow/plan.ts'
import { artifactOf, type RunState } from '../../workflow/reducer.ts'
import { expectedPersona, type PersonaId, type RunOutcome } from '../../workflow/scenarios.ts'
import { isNeeded } from '../../workflow/session-services.ts'
import { type StepId, steps } from '../../workflow/steps.ts'
import type { EventLog } from '../logs/event-log.ts'
import {
  internalError,
  notPaused,
  notPlanned,
  shared,
  timedOut,
  tooEarly,
  underWay,
  unexpectedRefusal,
} from './run-errors.ts'
import { type RunOptions, stepContext } from './step-context.ts'

/** What is still to be done, and how. */
interface Work {
  readonly todo: readonly PlannedStep[]
  readonly persona: PersonaId
  readonly pace: Pace
  /** The step that a person has just requested: there is no pause before it. */
  readonly asked: StepId | null
}

/** One run of one scenario. All it does is append events; observers read the log. */
export class Run {
  readonly runId: string
  readonly folder: string
  readonly log: EventLog
  /** The log on disk, one JSON object a line. */
  readonly eventsFile: string
  readonly #options: RunOptions
  /** Steps after one that is done again, until they are done again too: their artifacts no longer count. */
  readonly #undone = new Set<StepId>()
  #abort = new AbortController()
  /** The services that it ran with: later ones have other addresses, and do not know its entry. */
  #epoch = -1
  /** What is done now and after it. */
  #todo: readonly StepId[] = []
  /** The step that is being done. */
  #now: StepId | null = null
  /** The end of a service that the run cannot do without; it ends the step as well. */
  #death: AppError | null = null
  #died = new AbortController()
  #active: Promise<RunState> | null = null
  /** Ends the pause; null while there is none. */
  #goOn: ((change: Partial<Work>) => void) | null = null

  /** Begins the log with the plan, unless the run is resumed. */
  constructor(options: RunOptions) {
    this.runId = options.runId
    this.folder = options.folder
    this.log = options.log
    this.eventsFile = options.log.path
    this.#options = options
    if (options.log.events.length > 0) return
    this.log.append({
      type: 'run.planned',
      scenario: options.scenario.id,
      profile: options.profile,
      steps: options.plan,
    })
  }

  /** Whether it is in progress but waits to be continued. */
  get paused(): boolean {
    return this.#goOn !== null
  }

  /**
   * Does every planned step in order; at the pace `step` it pauses before each. Resolves at the end of the run, across
   * all pauses. Never rejects for what a step does.
   */
  start(pace: Pace = 'all'): Promise<RunState> {
    return this.#perform({ todo: this.#options.plan, persona: this.#signer, pace, asked: null })
  }

  /** Does what an interrupted run still has to do. `session` is a new one. */
  resume(): Promise<RunState> {
    const before = this.log.state
    for (const { id, status } of before.steps) {
      if (status.state === 'running' || status.state === 'waiting' || status.state === 'cancelling') {
        this.log.append({ type: 'step.cancelled', step: id, reason: 'the program ended' })
      }
    }
    const todo = planToResume(planAfter(this.#options.plan, before, null), before)
    this.#staleAfterLoss(todo)
    for (const { id } of todo) this.#undone.add(id)
    return this.#perform({ todo, persona: this.#signer, pace: 'all', asked: null })
  }

  /**
   * Does some steps again in a run that has ended, on the artifacts it has: the way to show that a remedy works. Later
   * steps that are not among them become stale.
   */
  redo(again: readonly StepId[], persona: PersonaId = expectedPersona): Promise<RunState> {
    this.#mustBeIdle()
    const [first] = again
    if (first !== undefined) this.#stale(first, again)
    this.#abort = new AbortController()
    return this.#perform({ todo: again.map((id) => ({ id, skip: null })), persona, pace: 'all', asked: null })
  }

  /**
   * Does a step again in a run that has ended or is paused; later ones become stale. At the pace `all` they are done
   * again as well; at the pace `step` the run pauses before the next. A step that the scenario leaves out is done after
   * all, and so are those after it. Returns the end of the run.
   */
  redoFrom(step: StepId, pace: Pace): Result<Promise<RunState>> {
    if (this.#active !== null && this.#goOn === null) return err(underWay)
    const plan = planAfter(this.#options.plan, this.log.state, step)
    const at = plan.findIndex(({ id }) => id === step)
    if (at === -1) return err(notPlanned(step))
    if (this.#options.shared.since(step) !== null) return err(shared(step))
    const undone = firstUndoneBefore(this.log.state, step)
    if (undone !== null) return err(tooEarly(step, undone))
    const lost = this.#epoch !== this.#options.shared.epoch
    const todo = lost ? planAfterLoss(plan, step) : plan.slice(at).filter(({ id }) => !this.#goesOn(id))
    if (lost) this.#staleAfterLoss(todo)
    this.#stale(step, [])
    for (const { id } of todo) this.#undone.add(id)
    const work: Work = { todo, persona: this.#signer, pace, asked: step }
    if (this.#active !== null) {
      this.#endPause(work)
      return ok(this.#active)
    }
    this.#abort = new AbortController()
    return ok(this.#perform(work))
  }

  /** Ends a pause. */
  goOn(pace: Pace): Result<void> {
    if (this.#goOn === null) return err(notPaused)
    this.#endPause({ pace })
    return ok(undefined)
  }

  /** Asks the run to stop; `start` then resolves once nothing of it is running any more. */
  cancel(reason: string): void {
    if (this.#active === null || this.#abort.signal.aborted) return
    this.log.append({ type: 'run.cancel-requested', reason })
    this.#abort.abort(reason)
    this.#endPause({})
  }

  get #signer(): PersonaId {
    return this.#options.persona ?? this.#options.scenario.signs ?? expectedPersona
  }

  /** Whether this run has the artifacts of the session's step, and they are still valid. */
  #goesOn(id: StepId): boolean {
    const state = this.log.state.steps.find((step) => step.id === id)?.status.state
    return this.#options.shared.since(id) !== null && (state === 'passed' || state === 'reused')
  }

  #stale(because: StepId, but: readonly StepId[]): void {
    for (const step of staledBy(this.log.state, because)) {
      if (!but.includes(step)) this.log.append({ type: 'step.staled', step, because })
    }
  }

  /** What is done again because what the session had started is gone. */
  #staleAfterLoss(todo: readonly PlannedStep[]): void {
    for (const { id, status } of this.log.state.steps) {
      if (id === 'preflight' || (status.state !== 'passed' && status.state !== 'reused')) continue
      if (todo.some((step) => step.id === id)) this.log.append({ type: 'step.staled', step: id, because: 'preflight' })
    }
  }

  #perform(work: Work): Promise<RunState> {
    this.#mustBeIdle()
    this.#epoch = this.#options.shared.epoch
    this.#death = null
    this.#died = new AbortController()
    const leave = this.#options.lives.follow({ onDeath: (death) => this.#onDeath(death) })
    this.#active = this.#sequence(work).finally(() => {
      leave()
      this.#active = null
    })
    return this.#active
  }

  /** Ends the run at once when it cannot do without the service; otherwise only reports it. */
  #onDeath({ id, how, error }: Death): void {
    if (this.#death !== null || this.#abort.signal.aborted) return
    if (!isNeeded(id, this.#todo)) {
      const text = `${id} ended (${how}). What is left of this run does not need it.`
      if (this.#now !== null) this.log.append({ type: 'step.noted', step: this.#now, text })
      return
    }
    this.#death = error
    this.#died.abort(error.what)
    this.#endPause({})
  }

  #mustBeIdle(): void {
    if (this.#active !== null) throw new Error('This run is already under way.')
  }

  async #sequence(begin: Work): Promise<RunState> {
    let work = begin
    while (!this.#abort.signal.aborted) {
      if (this.log.broken !== null) return this.#finish('failed', this.log.broken)
      const [step, ...rest] = work.todo
      this.#todo = work.todo.filter(({ skip }) => skip === null).map(({ id }) => id)
      if (this.#death !== null) return this.#finish('failed', this.#death)
      if (step === undefined) return this.#finish('proved', null)
      const { id, skip } = step
      if (skip !== null) this.log.append({ type: 'step.skipped', step: id, reason: skip })
      else if (work.pace === 'step' && work.asked !== id && this.#options.shared.since(id) === null) {
        work = await this.#pause(work, id)
        continue
      } else {
        const went = await this.#step(id, work.persona)
        if (went.kind === 'failed') return this.#finish('failed', went.error)
        if (went.kind === 'stopped') return this.#finish('cancelled', null)
      }
      work = { ...work, todo: rest, asked: null }
    }
    return this.#finish('cancelled', null)
  }

  /** Waits for a request to continue. */
  async #pause(work: Work, before: StepId): Promise<Work> {
    const change = await new Promise<Partial<Work>>((resolve) => {
      this.#goOn = resolve
      this.log.append({ type: 'run.paused', before })
      if (this.log.broken !== null) this.#endPause({})
    })
    return { ...work, asked: before, ...change }
  }

  #endPause(change: Partial<Work>): void {
    const goOn = this.#goOn
    this.#goOn = null
    goOn?.(change)
  }

  async #step(id: StepId, persona: PersonaId): Promise<StepOutcome | { kind: 'cancelled' }> {
    const since = this.#options.shared.since(id)
    if (since !== null) {
      for (const artifact of since.artifacts) this.log.append({ type: 'step.produced', step: id, artifact })
      this.log.append({ type: 'step.reused', step: id, since: since.at })
      this.#undone.delete(id)
      return { kind: 'passed', artifacts: since.artifacts }
    }
    this.log.append({ type: 'step.started', step: id })
    const undone = new Set(this.#undone)
    const timeout = AbortSignal.timeout(steps[id].timeoutMs)
    const signal = firstSignal(this.#abort.signal, this.#died.signal, this.log.unwritable, timeout)
    this.#now = id
    const work = (): Promise<StepOutcome> =>
      this.#options.stepRuns[id](stepContext(this.#options, { id, persona, signal, undone }))
    const outcome = await (steps[id].scope === 'session' ? this.#options.shared.once(id, work, signal) : work()).catch(
      (thrown: unknown): StepOutcome => ({ kind: 'failed', error: internalError(id, thrown) }),
    )
    // A step that lost a service may have noticed before we have.
    if (outcome.kind === 'failed' && !signal.aborted) await this.#options.lives.settle(id)
    this.#now = null
    // What was done when the cancel arrived stays done, and is reported as such.
    if (this.log.broken !== null) return this.#settle(id, { kind: 'failed', error: this.log.broken })
    if (this.#abort.signal.aborted && outcome.kind === 'failed') {
      this.log.append({ type: 'step.cancelled', step: id, reason: String(this.#abort.signal.reason) })
      return { kind: 'cancelled' }
    }
    if (this.#death !== null && outcome.kind !== 'passed')
      return this.#settle(id, { kind: 'failed', error: this.#death })
    return this.#settle(
      id,
      timeout.aborted && outcome.kind === 'failed' ? { kind: 'failed', error: timedOut(id, outcome.error) } : outcome,
    )
  }

  #settle(id: StepId, outcome: StepOutcome): StepOutcome {
    this.#undone.delete(id)
    if (outcome.kind === 'stopped') {
      this.log.append({ type: 'step.cancelled', step: id, reason: outcome.reason })
      return outcome
    }
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
}
