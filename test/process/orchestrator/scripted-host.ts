import { join } from 'node:path'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { type Client, createClient } from '../../../src/core/contract/client.ts'
import { type Follower, follow } from '../../../src/core/contract/follow.ts'
import type { Folders } from '../../../src/core/machine/folders.ts'
import { createHost, type Host } from '../../../src/core/orchestrator/host/host.ts'
import type { ChooseFile } from '../../../src/core/orchestrator/recording/save-file.ts'
import type { StepRun } from '../../../src/core/steps/step.ts'
import type { RunState } from '../../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../../src/core/workflow/steps.ts'
import { memoryTransport } from '../../contract/memory-transport.ts'
import { scripted } from '../../unit/orchestrator/scripted.ts'
import { type Machine, machineWithTools } from '../tools/machine-with-tools.ts'

/** `ok`, or the code of the error. */
export async function codeOf(
  asked: Promise<{ readonly ok: boolean; readonly error?: { readonly code: string } }>,
): Promise<string | undefined> {
  const answer = await asked
  return answer.ok ? 'ok' : answer.error?.code
}

/** The folders of a little machine. */
const foldersOf = (machine: Machine): Folders => ({
  config: join(machine.folder, 'config'),
  cache: join(machine.folder, 'cache'),
  state: join(machine.folder, 'state'),
  runtime: join(machine.folder, 'run'),
})

export const until = (what: () => unknown, value: unknown): Promise<void> =>
  vi.waitFor(() => expect(what(), `waited for ${String(what)}`).toEqual(value), { timeout: 60_000, interval: 5 })

/** A host whose steps are scripted, and a front end that follows it. */
export class ScriptedHost {
  readonly host: Host
  readonly client: Client
  readonly follower: Follower
  readonly bugs: unknown[] = []

  constructor(machine: Machine, steps: Partial<Record<StepId, StepRun>> = {}, chooseFile?: ChooseFile) {
    const { assets, env } = machine.options
    this.host = createHost({
      folders: foldersOf(machine),
      assets,
      programs: { node: '/n', attestorPlugin: '/p/x', issuer: '/i', openerDir: '/o' },
      about: { version: '1.2.3', runTime: null },
      onBug: (thrown) => this.bugs.push(thrown),
      stepRuns: scripted(steps),
      ...(env === undefined ? {} : { env }),
      ...(chooseFile === undefined ? {} : { chooseFile }),
    })
    this.client = createClient(memoryTransport(this.host.server))
    this.follower = follow(this.client)
  }

  get engine() {
    return this.follower.get().engine
  }

  get ask(): Client['request'] {
    return this.client.request
  }

  run(runId: string): RunState | undefined {
    return this.engine?.runs.find((each) => each.runId === runId)
  }

  step(runId: string, step: StepId): string | undefined {
    return this.run(runId)?.steps.find(({ id }) => id === step)?.status.state
  }

  ready(): Promise<void> {
    return until(() => this.engine?.machine.state, 'ready')
  }

  ended(runId: string, outcome: string): Promise<void> {
    return until(() => this.run(runId)?.outcome, outcome)
  }

  /** Resolves when the step does something. */
  doing(runId: string, step: StepId): Promise<void> {
    return until(() => this.step(runId, step), 'running')
  }

  async start(scenario: ScenarioId, pace: 'all' | 'step' = 'all'): Promise<string> {
    const started = await this.ask('startRun', { scenario, pace })
    if (!started.ok) throw new Error(JSON.stringify(started.error))
    return started.value.runId
  }

  async close(): Promise<void> {
    this.follower.close()
    await this.host.close()
    expect(this.bugs).toEqual([])
  }
}

type Parts = ConstructorParameters<typeof ScriptedHost> extends [unknown, ...infer Rest] ? Rest : never

/** For each test a little machine of its own, and the host that the test begins on it. */
export class HostStage {
  #machine: Machine | undefined
  #front: ScriptedHost | undefined
  readonly #crashed: ScriptedHost[] = []

  constructor() {
    beforeEach(() => this.newMachine())
    afterEach(async () => {
      await this.front.close()
      await this.machine.remove()
      // They would watch processes until the worker ends.
      for (const { host } of this.#crashed.splice(0)) await host.close()
    })
  }

  /** The program is gone, as if it was killed; its machine is in another place, without it. */
  async crash(): Promise<void> {
    this.front.follower.close()
    this.#crashed.push(this.front)
    await this.machine.remove()
    await this.newMachine()
  }

  get machine(): Machine {
    if (this.#machine === undefined) throw new Error('The test has not begun.')
    return this.#machine
  }

  get front(): ScriptedHost {
    if (this.#front === undefined) throw new Error('No host has begun.')
    return this.#front
  }

  get folders(): Folders {
    return foldersOf(this.machine)
  }

  async newMachine(): Promise<void> {
    this.#machine = await machineWithTools()
    await this.#machine.goBuild('works')
  }

  async begin(...options: Parts): Promise<void> {
    this.#front = new ScriptedHost(this.machine, ...options)
    await this.#front.ready()
  }
}
