import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { places } from '../../../src/core/machine/folders.ts'
import { passed, type StepRun } from '../../../src/core/steps/step.ts'
import { untilAborted } from '../../unit/orchestrator/scripted.ts'
import { codeOf, HostStage, until } from './scripted-host.ts'

const stage = new HostStage()

describe('a front end', () => {
  it('takes a run step by step, does a step again, and is refused what does not fit', async () => {
    await stage.begin()
    const runId = await stage.front.start('unsigned', 'step')
    await until(() => stage.front.run(runId)?.paused, 'preflight')
    expect(await codeOf(stage.front.ask('continueRun', { runId, before: 'preflight', pace: 'step' }))).toBe('ok')
    await until(() => stage.front.run(runId)?.paused, 'sandbox')
    expect(await codeOf(stage.front.ask('continueRun', { runId, before: 'preflight', pace: 'step' }))).toBe(
      'run.other-pause',
    )
    expect(stage.front.run(runId)?.paused).toBe('sandbox')
    expect(await codeOf(stage.front.ask('redoStep', { runId, step: 'attest', pace: 'all' }))).toBe('run.step-too-early')
    expect(await codeOf(stage.front.ask('continueRun', { runId, before: 'sandbox', pace: 'all' }))).toBe('ok')
    await stage.front.ended(runId, 'svid')
    expect(await codeOf(stage.front.ask('continueRun', { runId, before: 'sandbox', pace: 'all' }))).toBe(
      'run.not-paused',
    )
    expect(await codeOf(stage.front.ask('redoStep', { runId, step: 'push', pace: 'step' }))).toBe('ok')
    await until(() => stage.front.run(runId)?.paused, 'register')
    expect([stage.front.step(runId, 'register'), stage.front.step(runId, 'attest')]).toEqual(['stale', 'stale'])
    expect(await codeOf(stage.front.ask('cancelRun', { runId }))).toBe('ok')
    await stage.front.ended(runId, 'cancelled')
    for (const asked of [
      stage.front.ask('continueRun', { runId: 'nobody', before: 'push', pace: 'all' }),
      stage.front.ask('redoStep', { runId: 'nobody', step: 'push', pace: 'all' }),
    ])
      expect(await codeOf(asked)).toBe('run.unknown')
  })

  it('has two runs in progress, however many are paused', async () => {
    await stage.begin({ build: ({ signal }) => untilAborted(signal) })
    const paused = [
      await stage.front.start('signed', 'step'),
      await stage.front.start('tampered', 'step'),
      await stage.front.start('unsigned', 'step'),
    ]
    await stage.front.start('signed')
    const working = await stage.front.start('signed')
    await stage.front.doing(working, 'build')
    expect(await codeOf(stage.front.ask('startRun', { scenario: 'signed' }))).toBe('run.busy')
    expect(
      await codeOf(stage.front.ask('continueRun', { runId: paused[0] ?? '', before: 'preflight', pace: 'step' })),
    ).toBe('run.busy')
    await stage.front.ask('cancelRun', { runId: working })
    await stage.front.ended(working, 'cancelled')
    expect(
      await codeOf(stage.front.ask('continueRun', { runId: paused[0] ?? '', before: 'preflight', pace: 'step' })),
    ).toBe('ok')
  })
})

describe('a reset', () => {
  it('cancels what runs, drops the runs, and the next run has a session of its own', async () => {
    let sandboxes = 0
    const sandbox: StepRun = () => {
      sandboxes += 1
      return Promise.resolve(passed({ kind: 'sigstore' } as never))
    }
    await stage.begin({ sandbox, sign: ({ signal }) => untilAborted(signal) })
    const first = await stage.front.start('signed')
    await stage.front.doing(first, 'sign')
    const seen: string[] = []
    stage.front.host.server.subscribe(({ changes }) => {
      for (const change of changes) {
        if (change.kind === 'machine') seen.push(change.machine.state)
        else seen.push(change.kind === 'event' ? change.event.type : change.kind)
      }
    })
    expect(await codeOf(stage.front.ask('reset', {}))).toBe('ok')
    expect(await codeOf(stage.front.ask('startRun', { scenario: 'unsigned' }))).toBe('machine.stopping')
    expect(await codeOf(stage.front.ask('reset', {}))).toBe('machine.stopping')
    await until(() => [stage.front.engine?.machine.state, stage.front.engine?.runs], ['ready', []])
    expect(seen).toEqual(['stopping', 'run.cancel-requested', 'step.cancelled', 'run.finished', 'reset', 'ready'])
    expect(existsSync(join(stage.folders.runtime, 'session.lock'))).toBe(false)
    expect(await codeOf(stage.front.ask('cancelRun', { runId: first }))).toBe('run.unknown')
    expect(readdirSync(places(stage.folders).runs)).toEqual([first])
    await stage.front.ended(await stage.front.start('unsigned'), 'svid')
    expect([sandboxes, stage.front.engine?.runs.length]).toEqual([2, 1])
  })

  it('and a close at the same time end once, with nothing left', async () => {
    await stage.begin({ build: ({ signal }) => untilAborted(signal) })
    const runId = await stage.front.start('signed')
    await stage.front.doing(runId, 'build')
    await stage.front.ask('reset', {})
    await stage.front.close()
    expect(existsSync(join(stage.folders.runtime, 'session.lock'))).toBe(false)
    expect(await codeOf(stage.front.ask('startRun', { scenario: 'signed' }))).toBe('machine.stopping')
  })
})
