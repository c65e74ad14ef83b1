import type { Change } from '../../contract/changes.ts'
import type { CheckedInput } from '../../contract/contract.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { RunEvent } from '../../workflow/events.ts'
import type { RunState } from '../../workflow/reducer.ts'
import { type StepId, steps } from '../../workflow/steps.ts'
import type { HostLogs } from '../logs/logs.ts'
import type { Recorder } from '../recording/recorder.ts'
import type { Run } from '../run/run.ts'

export interface RunsPorts {
  readonly publish: (change: Change) => void
  readonly logs: () => HostLogs | undefined
  readonly recorder: Recorder
  readonly onBug: (thrown: unknown) => void
}

type Nothing = Record<string, never>

/** As many as a front end can show side by side. */
const mostAtOnce = 2

/** The runs of a session: which there are, which are in progress, and everything that happens in them. */
export class HostRuns {
  readonly #ports: RunsPorts
  readonly #runs = new Map<string, Run>()
  readonly #active = new Map<string, Promise<void>>()
  /** Runs that are about to begin. */
  #coming = 0

  constructor(ports: RunsPorts) {
    this.#ports = ports
  }

  /** All events of each run, oldest run first. */
  get events(): RunEvent[][] {
    return [...this.#runs.values()].map((run) => [...run.log.events])
  }

  find(runId: string): Result<Run> {
    const run = this.#runs.get(runId)
    return run === undefined ? err(unknownRun) : ok(run)
  }

  /** Calls a function that starts a run, while there is room for one more. */
  async admit<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    if (this.#full) return err(busy)
    this.#coming += 1
    try {
      return await work()
    } finally {
      this.#coming -= 1
    }
  }

  /** Reports a run's events so far, starts it, and reports everything that follows. */
  begin(run: Run, go: (run: Run) => Promise<RunState>): void {
    const { logs, recorder } = this.#ports
    this.#runs.set(run.runId, run)
    recorder.addRun(run)
    logs()?.addRun(run.runId, run.folder)
    // What an earlier session printed for it.
    logs()?.readNew()
    for (const event of run.log.events) this.#report(event)
    run.log.subscribe((event) => {
      // A tool's output comes before the step's next event.
      if (event.type !== 'step.progressed') logs()?.readNew()
      this.#report(event)
      recorder.reported(event)
    })
    recorder.begin(run)
    this.#track(run, go(run))
  }

  goOn({ runId, before, pace }: CheckedInput<'continueRun'>): Result<Nothing> {
    const run = this.find(runId)
    if (!run.ok) return run
    const { paused } = run.value.log.state
    if (run.value.paused && paused !== before) return err(otherPause(before, paused))
    if (run.value.paused && this.#full) return err(busy)
    const went = run.value.goOn(pace)
    return went.ok ? ok({}) : went
  }

  redo({ runId, step, pace }: CheckedInput<'redoStep'>): Result<Nothing> {
    const run = this.find(runId)
    if (!run.ok) return run
    if (this.#full && !this.#isWorking(runId)) return err(busy)
    const end = run.value.redoFrom(step, pace)
    if (!end.ok) return end
    this.#track(run.value, end.value)
    return ok({})
  }

  cancel(runId: string): Result<Nothing> {
    const run = this.find(runId)
    if (!run.ok) return run
    run.value.cancel('it was cancelled')
    return ok({})
  }

  /** Cancels every run in progress, and waits for their ends. */
  async stop(reason: string): Promise<void> {
    for (const id of this.#active.keys()) this.#runs.get(id)?.cancel(reason)
    await Promise.all(this.#active.values())
  }

  /** Closes the logs of all runs, which have ended. */
  close(): void {
    for (const run of this.#runs.values()) run.log.close()
  }

  /** Drops the runs. */
  forget(): void {
    this.close()
    this.#runs.clear()
  }

  get #full(): boolean {
    return [...this.#active.keys()].filter((id) => this.#isWorking(id)).length + this.#coming >= mostAtOnce
  }

  #isWorking(runId: string): boolean {
    return this.#active.has(runId) && this.#runs.get(runId)?.paused === false
  }

  #report(event: RunEvent): void {
    this.#ports.publish({ kind: 'event', event })
  }

  #track(run: Run, end: Promise<RunState>): void {
    const { logs, onBug } = this.#ports
    const over = end
      .then(() => logs()?.readNew(), onBug)
      .finally(() => {
        if (this.#active.get(run.runId) === over) this.#active.delete(run.runId)
      })
    this.#active.set(run.runId, over)
  }
}

const unknownRun = appError('run.unknown', 'This session has no such run.', 'Start one.')
const otherPause = (asked: StepId, paused: StepId | null) =>
  appError(
    'run.other-pause',
    'The run does not wait at the step that was to continue.',
    'Look where it waits, and press again.',
    {
      expected: `a pause before: ${steps[asked].title}`,
      found: paused === null ? 'no pause' : `a pause before: ${steps[paused].title}`,
    },
  )
const busy = appError('run.busy', 'Two runs are under way already.', 'Wait until one has ended, or cancel it.')
