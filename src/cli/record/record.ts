import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import writeFileAtomic from 'write-file-atomic'
import { type Client, createClient } from '../../core/contract/client.ts'
import type { EngineState } from '../../core/contract/engine-state.ts'
import { type Follower, follow } from '../../core/contract/follow.ts'
import { parseRecording } from '../../core/contract/recording.ts'
import { appError } from '../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { folders } from '../../core/machine/folders.ts'
import { createHost } from '../../core/orchestrator/host/host.ts'
import { loginAs } from '../../core/sandbox/login-client.ts'
import { type ScenarioId, scenarioIds } from '../../core/workflow/scenarios.ts'
import { cancelledBy, exitCodes, interruption, notStopped } from '../interruption.ts'
import { assetsFolder } from '../setup/setup-in-terminal.ts'
import { appErrorLines } from '../story/error-lines.ts'
import { paintFor } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'

declare const __VERSION__: string

const dist = dirname(fileURLToPath(import.meta.url))

export const recordUsage = `Usage: npm run record

  Runs every scenario on the real engine and writes the recordings that ship in assets/recordings.`

/**
 * `npm run record`: runs every scenario on the real engine and writes what ships in assets/recordings. It uses a
 * temporary state of its own; every story runs twice, so that the logs are no longer empty when it is recorded, and has
 * a session of its own, so that each recording shows the whole story. Returns the exit code.
 */
export async function runRecord(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    process.stderr.write(`${recordUsage}\n`)
    return exitCodes.usage
  }
  const stop = interruption()
  const state = mkdtempSync(join(tmpdir(), 'sigstore-attestor-record-'))
  const host = createHost({
    folders: { ...folders(), state },
    assets: assetsFolder(),
    programs: {
      node: process.execPath,
      attestorPlugin: join(dist, 'attestor-plugin.cjs'),
      issuer: join(dist, 'oidc-issuer.mjs'),
      openerDir: join(dist, 'opener'),
    },
    about: { version: __VERSION__, runTime: null },
    showLogin: (request, ended) => loginAs({ ...request, decision: 'allow', signal: ended }),
    onBug: (thrown) => process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`),
  })
  const frontEnd = new FrontEnd(createClient(host.server), stop.signal)
  try {
    const recorded = await frontEnd.record(join(assetsFolder(), 'recordings'))
    if (recorded.ok) return exitCodes.ok
    const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
    process.stderr.write(`${appErrorLines(recorded.error, thread).join('\n')}\n`)
    return stop.signal.aborted ? cancelledBy(stop.signal) : exitCodes.notAsExpected
  } finally {
    const left = await host.close()
    if (left.length > 0) process.stderr.write(notStopped(left))
    rmSync(state, { recursive: true, force: true })
    stop.dispose()
  }
}

/** A front end without a display. */
class FrontEnd {
  readonly #client: Client
  readonly #follower: Follower
  readonly #stop: AbortSignal

  constructor(client: Client, stop: AbortSignal) {
    this.#client = client
    this.#follower = follow(client)
    this.#stop = stop
  }

  async record(folder: string): Promise<Result<void>> {
    mkdirSync(folder, { recursive: true })
    const ready = await this.#until(({ machine }) => machine.state === 'ready' || machine.state === 'failed')
    if (!ready.ok) return ready
    for (const scenario of scenarioIds) {
      const run = await this.#run(scenario)
      if (!run.ok) return run
    }
    for (const scenario of scenarioIds) {
      const reset = await this.#reset()
      if (!reset.ok) return reset
      const run = await this.#run(scenario)
      if (!run.ok) return run
      const got = await this.#client.request('getRecording', { of: { kind: 'run', runId: run.value } })
      if (!got.ok) return got
      const whole = parseRecording(got.value.text)
      if (!whole.ok) return whole
      const file = join(folder, `${scenario}.jsonl`)
      await writeFileAtomic(file, got.value.text)
      const lines = whole.value.logs.reduce((sum, log) => sum + log.lines.length, 0)
      process.stdout.write(`${file}: ${whole.value.events.length} events, ${lines} lines\n`)
    }
    return ok(undefined)
  }

  /** Runs a scenario to its end, which has to be the expected one; returns the run. */
  async #run(scenario: ScenarioId): Promise<Result<string>> {
    const started = await this.#client.request('startRun', { scenario })
    if (!started.ok) return started
    const { runId } = started.value
    const runOf = (engine: EngineState) => engine.runs.find((run) => run.runId === runId)
    const ended = await this.#until((engine) => (runOf(engine)?.finishedAt ?? null) !== null)
    if (!ended.ok) return ended
    const run = runOf(ended.value)
    return run?.ok === true ? ok(runId) : err(run?.error ?? notAsExpected(scenario, run?.outcome ?? 'nothing'))
  }

  async #reset(): Promise<Result<void>> {
    const reset = await this.#client.request('reset', {})
    if (!reset.ok) return reset
    const ended = await this.#until(({ machine, runs }) => machine.state === 'ready' && runs.length === 0)
    return ended.ok ? ok(undefined) : ended
  }

  /** Resolves with the first state that fits; a failed machine and Ctrl-C are errors. */
  #until(fits: (engine: EngineState) => boolean): Promise<Result<EngineState>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const { engine, problem } = this.#follower.get()
        if (this.#stop.aborted) end(err(interrupted))
        else if (problem !== null) end(err(problem))
        else if (engine?.machine.state === 'failed') end(err(engine.machine.error))
        else if (engine !== null && fits(engine)) end(ok(engine))
      }
      const unsubscribe = this.#follower.subscribe(look)
      this.#stop.addEventListener('abort', look)
      const end = (result: Result<EngineState>): void => {
        unsubscribe()
        this.#stop.removeEventListener('abort', look)
        resolve(result)
      }
      look()
    })
  }
}

const interrupted = appError('run.cancelled', 'The recording was cancelled.', 'Start it again when you are ready.')

const notAsExpected = (scenario: ScenarioId, outcome: string) =>
  appError(
    'run.not-as-expected',
    `The scenario ${scenario} did not end as expected.`,
    'Run `npm run story` and look.',
    {
      found: outcome,
    },
  )
