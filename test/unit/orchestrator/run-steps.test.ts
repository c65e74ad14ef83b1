import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import type { Run } from '../../../src/core/orchestrator/run/run.ts'
import { SharedSteps } from '../../../src/core/orchestrator/run/shared-steps.ts'
import { failed, passed, type StepRun } from '../../../src/core/steps/step.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarios } from '../../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../../src/core/workflow/steps.ts'
import { newRun, runIn, states, untilAborted } from './scripted.ts'

const pausedBefore = (run: Run, step: StepId | null) =>
  vi.waitFor(() => expect([run.log.state.paused, run.paused]).toEqual([step, step !== null]))
/** Which steps were done, in order. */
const done = (run: Run): StepId[] =>
  run.log.events.flatMap((event) => (event.type === 'step.started' ? [event.step] : []))
const broken = failed(appError('registry.down', 'The registry is down.', 'Start it.'))

describe('step by step', () => {
  it('pauses before each step, and continues one at a time', async () => {
    const { run } = newRun({}, 'unsigned')
    const end = run.start('step')
    const own = ['preflight', 'sandbox', 'build', 'push', 'spire-server', 'spire-agent', 'register', 'attest'] as const
    for (const [at, step] of own.entries()) {
      await pausedBefore(run, step)
      expect(done(run)).toEqual(own.slice(0, at))
      expect(run.goOn('step')).toEqual({ ok: true, value: undefined })
    }
    expect(await end).toMatchObject({ outcome: 'svid', paused: null })
    expect(states(run)).toMatchObject({ sign: 'skipped', verify: 'skipped' })
  })

  it('continues to the end on request, and pauses before nothing that the session has already', async () => {
    const shared = new SharedSteps()
    await newRun({}, 'signed', shared).run.start()
    const { run } = newRun({}, 'signed', shared)
    const end = run.start('step')
    await pausedBefore(run, 'build')
    expect(states(run)).toMatchObject({ preflight: 'reused', sandbox: 'reused' })
    run.goOn('all')
    expect(await end).toMatchObject({ outcome: 'svid', ok: true })
  })

  it('does nothing unrequested: a second request in the same pause counts for nothing', async () => {
    const { run } = newRun()
    void run.start('step')
    await pausedBefore(run, 'preflight')
    expect(run.goOn('step').ok).toBe(true)
    expect(run.goOn('all')).toMatchObject({ ok: false, error: { code: 'run.not-paused' } })
    expect(run.redoFrom('preflight', 'all')).toMatchObject({ ok: false, error: { code: 'run.under-way' } })
    await pausedBefore(run, 'sandbox')
    expect(done(run)).toEqual(['preflight'])
  })

  it('can be cancelled in a pause, and does nothing after it', async () => {
    const { run } = newRun()
    const end = run.start('step')
    await pausedBefore(run, 'preflight')
    run.cancel('enough')
    expect(await end).toMatchObject({ outcome: 'cancelled', paused: null })
    expect(done(run)).toEqual([])
    expect(run.goOn('step')).toMatchObject({ error: { code: 'run.not-paused' } })
  })

  it('ends at a step that fails', async () => {
    const { run } = newRun({ preflight: () => Promise.resolve(broken) })
    const end = run.start('step')
    await pausedBefore(run, 'preflight')
    run.goOn('step')
    expect(await end).toMatchObject({ outcome: 'failed', error: { code: 'registry.down' } })
  })
})

describe('a step that is done again', () => {
  it('makes later ones stale and waits before the next: the end of the run is open again', async () => {
    const { run } = newRun()
    await run.start()
    const again = run.redoFrom('sign', 'step')
    expect(again.ok).toBe(true)
    await pausedBefore(run, 'verify')
    expect(run.log.state).toMatchObject({ outcome: null, ok: null, finishedAt: null })
    expect(states(run)).toMatchObject({
      push: 'passed',
      sign: 'passed',
      verify: 'stale',
      'spire-agent': 'passed',
      register: 'stale',
      attest: 'stale',
    })
  })

  it('includes all later ones on request', async () => {
    const { run } = newRun()
    await run.start()
    const before = run.log.events.length
    const again = run.redoFrom('verify', 'all')
    expect(again.ok && (await again.value)).toMatchObject({ outcome: 'svid', ok: true })
    expect(new Set(Object.values(states(run)))).toEqual(new Set(['passed']))
    const after = run.log.events.slice(before).map((event) => `${event.type} ${'step' in event ? event.step : ''}`)
    expect(after.filter((each) => each.startsWith('step.st'))).toEqual([
      'step.staled register',
      'step.staled attest',
      'step.started verify',
      'step.started register',
      'step.started attest',
    ])
  })

  it('can be chosen in a pause, and the run continues from there', async () => {
    const { run } = newRun()
    const end = run.start('step')
    for (const step of ['preflight', 'sandbox', 'build', 'push'] as const) {
      await pausedBefore(run, step)
      run.goOn('step')
    }
    await pausedBefore(run, 'sign')
    const again = run.redoFrom('build', 'step')
    await pausedBefore(run, 'push')
    expect(states(run)).toMatchObject({ build: 'passed', push: 'stale' })
    run.goOn('all')
    expect(await end).toMatchObject({ outcome: 'svid', ok: true })
    expect(again.ok && (await again.value)).toBe(run.log.state)
    expect(done(run).filter((step) => step === 'build' || step === 'push')).toEqual(['build', 'push', 'build', 'push'])
  })

  it('gets nothing that a later step produced before', async () => {
    const seen: unknown[] = []
    const sign: StepRun = ({ optional }) => {
      seen.push(optional('tampered-image'))
      return Promise.resolve(passed({ kind: 'signature' } as never))
    }
    const { run } = newRun({ sign }, 'tampered')
    await run.start()
    const again = run.redoFrom('sign', 'all')
    if (again.ok) await again.value
    expect(seen).toEqual([undefined, undefined])
    expect(run.log.state.artifacts['tampered-image']).toBeDefined()
  })

  it('can fail, be cancelled, and be done again after that', async () => {
    let pushes = 0
    const push: StepRun = ({ signal }) => {
      pushes += 1
      if (pushes === 2) return Promise.resolve(broken)
      return pushes === 3 ? untilAborted(signal) : Promise.resolve(passed({ kind: 'pushed-image' } as never))
    }
    const { run } = newRun({ push })
    await run.start()
    const failing = run.redoFrom('push', 'step')
    expect(failing.ok && (await failing.value)).toMatchObject({ outcome: 'failed' })
    expect(run.redoFrom('sign', 'step')).toMatchObject({ error: { code: 'run.step-too-early' } })
    const cancelled = run.redoFrom('push', 'all')
    await vi.waitFor(() => expect(states(run)['push']).toBe('running'))
    run.cancel('enough')
    expect(cancelled.ok && (await cancelled.value)).toMatchObject({ outcome: 'cancelled' })
    const mended = run.redoFrom('push', 'all')
    expect(mended.ok && (await mended.value)).toMatchObject({ outcome: 'svid', ok: true })
  })

  it('may be one that the scenario leaves out: it and what follows are done after all, and stay in the plan', async () => {
    const { run } = newRun({}, 'unsigned')
    await run.start()
    const alone = run.redoFrom('attest', 'all')
    if (alone.ok) await alone.value
    expect(states(run)).toMatchObject({ sign: 'skipped', verify: 'skipped', attest: 'passed' })
    expect(run.redoFrom('verify', 'all')).toMatchObject({ error: { code: 'run.step-too-early' } })
    const afterAll = run.redoFrom('sign', 'step')
    await pausedBefore(run, 'verify')
    expect(states(run)).toMatchObject({ sign: 'passed', verify: 'skipped', register: 'stale', attest: 'stale' })
    run.goOn('all')
    if (afterAll.ok) await afterAll.value
    expect(states(run)).toMatchObject({ sign: 'passed', verify: 'passed', register: 'passed', attest: 'passed' })
    const before = run.log.events.length
    const again = run.redoFrom('push', 'all')
    if (again.ok) await again.value
    expect(run.log.events.slice(before).some(({ type }) => type === 'step.skipped')).toBe(false)
    expect(states(run)).toMatchObject({ push: 'passed', sign: 'passed', verify: 'passed' })
    expect(run.log.state).toMatchObject({ outcome: 'svid', ok: false, redone: true })
  })

  it('is refused while the run is in progress, and nothing changes', async () => {
    const { run } = newRun({ push: ({ signal }) => untilAborted(signal) })
    const end = run.start()
    await vi.waitFor(() => expect(states(run)['push']).toBe('running'))
    const before = run.log.events.length
    expect(run.redoFrom('build', 'all')).toMatchObject({ error: { code: 'run.under-way' } })
    expect(run.log.events).toHaveLength(before)
    run.cancel('enough')
    await end
  })

  it.each([
    ['signed', 'tamper', 'run.step-not-planned'],
    ['signed', 'sandbox', 'run.step-shared'],
  ] as const)('is refused in %s for %s', async (scenario, step, code) => {
    const { run } = newRun({}, scenario)
    await run.start()
    const before = run.log.events.length
    expect(run.redoFrom(step, 'step')).toMatchObject({ error: { code } })
    expect(run.log.events).toHaveLength(before)
  })
})

describe('an interrupted run', () => {
  /** A run whose program ended in the middle of a step, as its log shows. */
  async function cutShort(at: StepId, scenario: ScenarioId = 'signed') {
    const folder = mkdtempSync(join(tmpdir(), 'run-'))
    const { run } = runIn(folder, { overrides: { [at]: () => new Promise(() => undefined) }, scenario })
    void run.start()
    await vi.waitFor(() => expect(states(run)[at]).toBe('running'))
    run.log.close()
    return { folder, earlier: [...run.log.events], scenario }
  }

  const sandboxSteps = planFor(scenarios.signed, sandboxProfile).map(({ id }) => id)
  it.each([
    ['sandbox', sandboxSteps.filter((id) => id !== 'preflight')],
    ['push', ['build', 'push', 'sign', 'verify']],
    ['sign', ['sign', 'verify']],
    ['verify', ['verify']],
    ['register', []],
    ['attest', []],
  ] as const)('in %s: does the session’s steps, what has no result, and what SPIRE forgot', async (at, own) => {
    const cut = await cutShort(at)
    const { run } = runIn(cut.folder, cut)
    expect(await run.resume()).toMatchObject({ outcome: 'svid', ok: true })
    const again = ['preflight', 'sandbox', ...own, 'spire-server', 'spire-agent', 'register', 'attest']
    expect(new Set(done(run).slice(done({ log: { events: cut.earlier } } as never).length))).toEqual(new Set(again))
    expect(new Set(Object.values(states(run)))).toEqual(new Set(['passed']))
    expect(replay(run.log.events)).toEqual(run.log.state)
  })

  it('builds an impostor again: only the engine had it, and forgets it', async () => {
    const cut = await cutShort('attest', 'impostor')
    const { run } = runIn(cut.folder, cut)
    await run.resume()
    const again = done(run).slice(done({ log: { events: cut.earlier } } as never).length)
    expect(again).toContain('impersonate')
    expect(again).not.toContain('push')
  })

  it('keeps what the registry and the logs still have, and says which step was interrupted', async () => {
    const cut = await cutShort('verify')
    const { run } = runIn(cut.folder, cut)
    await run.resume()
    const after = run.log.events.slice(cut.earlier.length)
    expect(after[0]).toMatchObject({ type: 'step.cancelled', step: 'verify', reason: 'the program ended' })
    const gave = after.flatMap((event) => (event.type === 'step.produced' ? [event.artifact.kind] : []))
    expect(gave).not.toContain('pushed-image')
    expect(gave).not.toContain('signature')
    expect(gave).toEqual(expect.arrayContaining(['machine', 'sigstore', 'trust-domain', 'entry', 'attestation']))
  })

  it('shows what has to be done again as stale until it is', async () => {
    const cut = await cutShort('attest')
    const { run } = runIn(cut.folder, { ...cut, overrides: { sandbox: ({ signal }) => untilAborted(signal) } })
    const end = run.resume()
    await vi.waitFor(() => expect(states(run)['sandbox']).toBe('running'))
    expect(states(run)).toMatchObject({
      sign: 'passed',
      'spire-agent': 'stale',
      register: 'stale',
      attest: 'cancelled',
    })
    run.cancel('enough')
    await end
  })
})
