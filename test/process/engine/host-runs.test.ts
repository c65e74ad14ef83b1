import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { places } from '../../../src/core/machine/folders.ts'
import { passed, type StepRun } from '../../../src/core/steps/step.ts'
import { untilAborted } from '../../unit/engine/scripted.ts'
import { type Machine, machineWithTools } from '../tools/machine-with-tools.ts'
import { codeOf, foldersOf, ScriptedHost, until } from './scripted-host.ts'

type Parts = ConstructorParameters<typeof ScriptedHost> extends [unknown, ...infer Rest] ? Rest : never

let machine: Machine
let front: ScriptedHost

const folders = () => foldersOf(machine)
async function begin(...options: Parts): Promise<void> {
  front = new ScriptedHost(machine, ...options)
  await front.ready()
}

beforeEach(async () => {
  machine = await machineWithTools()
  await machine.goBuild('works')
})
afterEach(async () => {
  await front.close()
  await machine.remove()
})

describe('a front end', () => {
  it('takes a run step by step, does a step again, and is refused what does not fit', async () => {
    await begin()
    const runId = await front.start('unsigned', 'step')
    await until(() => front.run(runId)?.paused, 'preflight')
    expect(await codeOf(front.ask('continueRun', { runId, before: 'preflight', pace: 'step' }))).toBe('ok')
    await until(() => front.run(runId)?.paused, 'sandbox')
    expect(await codeOf(front.ask('continueRun', { runId, before: 'preflight', pace: 'step' }))).toBe('run.other-pause')
    expect(front.run(runId)?.paused).toBe('sandbox')
    expect(await codeOf(front.ask('redoStep', { runId, step: 'attest', pace: 'all' }))).toBe('run.step-too-early')
    expect(await codeOf(front.ask('continueRun', { runId, before: 'sandbox', pace: 'all' }))).toBe('ok')
    await front.ended(runId, 'svid')
    expect(await codeOf(front.ask('continueRun', { runId, before: 'sandbox', pace: 'all' }))).toBe('run.not-paused')
    expect(await codeOf(front.ask('redoStep', { runId, step: 'push', pace: 'step' }))).toBe('ok')
    await until(() => front.run(runId)?.paused, 'register')
    expect([front.step(runId, 'register'), front.step(runId, 'attest')]).toEqual(['stale', 'stale'])
    expect(await codeOf(front.ask('cancelRun', { runId }))).toBe('ok')
    await front.ended(runId, 'cancelled')
    for (const asked of [
      front.ask('continueRun', { runId: 'nobody', before: 'push', pace: 'all' }),
      front.ask('redoStep', { runId: 'nobody', step: 'push', pace: 'all' }),
    ])
      expect(await codeOf(asked)).toBe('run.unknown')
  })

  it('has two runs that do something at once, however many are paused', async () => {
    await begin({ build: ({ signal }) => untilAborted(signal) })
    const paused = [
      await front.start('signed', 'step'),
      await front.start('tampered', 'step'),
      await front.start('unsigned', 'step'),
    ]
    await front.start('signed')
    const working = await front.start('signed')
    await front.doing(working, 'build')
    expect(await codeOf(front.ask('startRun', { scenario: 'signed' }))).toBe('run.busy')
    expect(await codeOf(front.ask('continueRun', { runId: paused[0] ?? '', before: 'preflight', pace: 'step' }))).toBe(
      'run.busy',
    )
    await front.ask('cancelRun', { runId: working })
    await front.ended(working, 'cancelled')
    expect(await codeOf(front.ask('continueRun', { runId: paused[0] ?? '', before: 'preflight', pace: 'step' }))).toBe(
      'ok',
    )
  })
})

describe('a reset', () => {
  it('cancels what runs, forgets the runs, and the next run has a session of its own', async () => {
    let sandboxes = 0
    const sandbox: StepRun = () => {
      sandboxes += 1
      return Promise.resolve(passed({ kind: 'sigstore' } as never))
    }
    await begin({ sandbox, sign: ({ signal }) => untilAborted(signal) })
    const first = await front.start('signed')
    await front.doing(first, 'sign')
    const told: string[] = []
    front.host.server.subscribe(({ changes }) => {
      for (const change of changes) {
        if (change.kind === 'machine') told.push(change.machine.state)
        else told.push(change.kind === 'event' ? change.event.type : change.kind)
      }
    })
    expect(await codeOf(front.ask('reset', {}))).toBe('ok')
    expect(await codeOf(front.ask('startRun', { scenario: 'unsigned' }))).toBe('machine.stopping')
    expect(await codeOf(front.ask('reset', {}))).toBe('machine.stopping')
    await until(() => [front.engine?.machine.state, front.engine?.runs], ['ready', []])
    expect(told).toEqual(['stopping', 'run.cancel-requested', 'step.cancelled', 'run.finished', 'reset', 'ready'])
    expect(existsSync(join(folders().runtime, 'session.lock'))).toBe(false)
    expect(await codeOf(front.ask('cancelRun', { runId: first }))).toBe('run.unknown')
    expect(readdirSync(places(folders()).runs)).toEqual([first])
    await front.ended(await front.start('unsigned'), 'svid')
    expect([sandboxes, front.engine?.runs.length]).toEqual([2, 1])
  })

  it('and a close at the same time end once, with nothing left', async () => {
    await begin({ build: ({ signal }) => untilAborted(signal) })
    const runId = await front.start('signed')
    await front.doing(runId, 'build')
    await front.ask('reset', {})
    await front.close()
    expect(existsSync(join(folders().runtime, 'session.lock'))).toBe(false)
    expect(await codeOf(front.ask('startRun', { scenario: 'signed' }))).toBe('machine.stopping')
  })
})
