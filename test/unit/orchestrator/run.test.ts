import { readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { parseEventLog } from '../../../src/core/orchestrator/logs/event-log.ts'
import { SharedSteps } from '../../../src/core/orchestrator/run/shared-steps.ts'
import { failed, passed, type StepRun } from '../../../src/core/steps/step.ts'
import type { Denial } from '../../../src/core/workflow/artifacts.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'
import { attestation, denial, newRun, states, untilAborted } from './scripted.ts'

describe('a run', () => {
  it('does every planned step in order and ends with the SVID that the scenario expects', async () => {
    const state = await newRun().run.start()
    expect(state).toMatchObject({ outcome: 'svid', ok: true, denial: null })
    expect(new Set(state.steps.map((step) => step.status.state))).toEqual(new Set(['passed']))
  })

  it('is as expected when the attestation is refused at the gate of the scenario, and only then', async () => {
    const refuse =
      (gate: Denial['gate']): StepRun =>
      () =>
        Promise.resolve({
          kind: 'refused',
          denial: { ...denial, gate },
          artifacts: [attestation({ denial: { ...denial, gate } })],
        })
    expect(await newRun({ attest: refuse('signature') }, 'unsigned').run.start()).toMatchObject({
      outcome: 'denied',
      ok: true,
    })
    expect(await newRun({ attest: refuse('registry') }, 'unsigned').run.start()).toMatchObject({
      outcome: 'denied',
      ok: false,
    })
    expect(await newRun({ attest: refuse('signature') }, 'signed').run.start()).toMatchObject({
      outcome: 'denied',
      ok: false,
    })
    expect(await newRun({}, 'unsigned').run.start()).toMatchObject({ outcome: 'svid', ok: false })
  })

  it('continues after an intended refusal, and fails on any other', async () => {
    const verify: StepRun = () => Promise.resolve({ kind: 'refused', denial, artifacts: [] })
    const meant = newRun({ verify }, 'wrong-signer').run
    await meant.start()
    expect(states(meant)).toMatchObject({ verify: 'refused', attest: 'passed' })
    const surprise = newRun({ verify }, 'signed').run
    expect(await surprise.start()).toMatchObject({
      outcome: 'failed',
      ok: false,
      error: { code: 'run.unexpected-refusal' },
    })
    expect(states(surprise)).toMatchObject({ verify: 'failed', attest: 'blocked' })
  })

  it('ends as cancelled if a person says no, and nothing after it is done', async () => {
    const consent: StepRun = () => Promise.resolve({ kind: 'stopped', reason: 'nobody agreed' })
    const { run } = newRun({ consent }, 'signed', new SharedSteps(), {
      name: 'acme',
      title: 'Acme',
      kind: 'services',
      public: true,
      spire: 'ours',
    })
    expect(await run.start()).toMatchObject({ outcome: 'cancelled', ok: false, error: null })
    expect(states(run)).toMatchObject({ build: 'passed', consent: 'cancelled', push: 'ready', sign: 'blocked' })
  })

  it('stops at a failed step and keeps its error', async () => {
    const error = appError('registry.down', 'The registry is down.', 'Start it.')
    const state = await newRun({ push: () => Promise.resolve(failed(error)) }).run.start()
    expect(state).toMatchObject({ outcome: 'failed', error })
  })

  it('reports a bug in a step as a bug, with its stack', async () => {
    const state = await newRun({ build: () => Promise.reject(new Error('boom')) }).run.start()
    expect(state.error?.code).toBe('run.internal')
    expect(state.error?.found).toContain('boom')
  })

  it.each(planFor(scenarios.signed, sandboxProfile).map(({ id }) => id))(
    'can be cancelled in %s, and does nothing after it',
    async (id) => {
      const { run } = newRun({ [id]: (({ signal }) => untilAborted(signal)) satisfies StepRun })
      run.log.subscribe((event) => {
        if (event.type === 'step.started' && event.step === id) queueMicrotask(() => run.cancel('Ctrl-C'))
      })
      expect(await run.start()).toMatchObject({ outcome: 'cancelled', ok: false })
      const after = run.log.events.findIndex((event) => event.type === 'step.cancelled')
      expect(run.log.events.slice(after).map((event) => event.type)).toEqual(['step.cancelled', 'run.finished'])
      expect(states(run)[id]).toBe('cancelled')
    },
  )

  it('reports what had passed when the cancel arrived as passed', async () => {
    const { run } = newRun({
      build: () => {
        run.cancel('Ctrl-C')
        return Promise.resolve(passed())
      },
    })
    expect(await run.start()).toMatchObject({ outcome: 'cancelled' })
    expect(states(run)).toMatchObject({ build: 'passed', sign: 'blocked' })
  })

  it('refuses to do steps again while it is in progress, and can still be cancelled', async () => {
    const { run } = newRun({ build: ({ signal }) => untilAborted(signal) })
    const ended = run.start()
    expect(() => run.redo(['sign'])).toThrow('already under way')
    run.cancel('Ctrl-C')
    expect(await ended).toMatchObject({ outcome: 'cancelled' })
  })

  it('can do steps again with another person, making later ones stale', async () => {
    const people: string[] = []
    const { run } = newRun(
      {
        sign: ({ persona }) => {
          people.push(persona)
          return Promise.resolve(passed({ kind: 'signature' } as never))
        },
      },
      'wrong-signer',
    )
    await run.start()
    const state = await run.redo(['sign', 'attest'])
    expect(people).toEqual(['intern', 'engineer'])
    expect(state).toMatchObject({ outcome: 'svid' })
    expect(states(run)).toMatchObject({ verify: 'stale', register: 'stale', sign: 'passed', attest: 'passed' })
  })
})

describe('what a session shares', () => {
  it('is done once and shown as reused, with its artifacts, in the next run', async () => {
    const shared = new SharedSteps()
    let starts = 0
    const sandbox: StepRun = () => {
      starts += 1
      return Promise.resolve(passed({ kind: 'sigstore' } as never))
    }
    await newRun({ sandbox }, 'signed', shared).run.start()
    const second = newRun({ sandbox }, 'signed', shared).run
    await second.start()
    expect(starts).toBe(1)
    expect(states(second)).toMatchObject({
      preflight: 'reused',
      sandbox: 'reused',
      'spire-agent': 'reused',
      build: 'passed',
    })
  })

  it('is started once for two runs at the same time, and again when the first one was cancelled', async () => {
    const shared = new SharedSteps()
    let starts = 0
    const sandbox: StepRun = ({ signal }) => {
      starts += 1
      return starts === 1 ? untilAborted(signal) : Promise.resolve(passed({ kind: 'sigstore' } as never))
    }
    const first = newRun({ sandbox }, 'signed', shared).run
    const second = newRun({ sandbox }, 'signed', shared).run
    let waiting = 0
    for (const run of [first, second]) {
      run.log.subscribe((event) => {
        if (event.type === 'step.started' && event.step === 'sandbox' && ++waiting === 2)
          queueMicrotask(() => first.cancel('x'))
      })
    }
    const [one, two] = await Promise.all([first.start(), second.start()])
    expect([one.outcome, two.outcome, starts]).toEqual(['cancelled', 'svid', 2])
  })

  it('is not waited for by a cancelled run, and continues in the other one', async () => {
    const shared = new SharedSteps()
    let finish: () => void = () => undefined
    const sandbox: StepRun = () =>
      new Promise((resolve) => {
        finish = () => resolve(passed({ kind: 'sigstore' } as never))
      })
    const first = newRun({ sandbox }, 'signed', shared).run
    const second = newRun({ sandbox }, 'signed', shared).run
    const one = first.start()
    second.log.subscribe((event) => {
      if (event.type === 'step.started' && event.step === 'sandbox') queueMicrotask(() => second.cancel('x'))
    })
    expect((await second.start()).outcome).toBe('cancelled')
    finish()
    expect((await one).outcome).toBe('svid')
  })
})

describe('the event log', () => {
  it('on disk is the same as in memory, line by line, readable by its owner only', async () => {
    const { run } = newRun()
    const state = await run.start()
    const events = parseEventLog(readFileSync(run.eventsFile, 'utf8'))
    expect(events).toEqual(run.log.events)
    expect(replay(events)).toEqual(state)
    expect(statSync(run.eventsFile).mode & 0o777).toBe(0o600)
  })

  it('contains no secret that a step leaks, neither in memory nor on disk', async () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImVuZ2luZWVyIn0.c2lnbmF0dXJlc2ln'
    const { run, redactor } = newRun({
      sign: ({ report, redactor: known }) => {
        known.add('join-token-1234')
        report({ type: 'step.noted', text: `token ${token}, join-token-1234` })
        report({ type: 'step.command-ran', command: { argv: ['x', `--token=${token}`], byHand: false } })
        return Promise.resolve(failed(appError('cosign.x', '-----BEGIN PRIVATE KEY-----\nMIIE', 'y')))
      },
    })
    await run.start()
    const all = readFileSync(run.eventsFile, 'utf8') + JSON.stringify(run.log.events)
    for (const secret of [token, 'join-token-1234', 'MIIE']) expect(all).not.toContain(secret)
    expect(redactor.clean('join-token-1234')).toBe('[redacted]')
  })

  it('refuses to read what is not a log', () => {
    expect(() => parseEventLog(readFileSync(new URL(import.meta.url), 'utf8'))).toThrow('line 1')
    expect(() => parseEventLog('{"seq":1,"type":"run.planned","runId":"r1"}\n{"seq":2}\n')).toThrow(
      'line 2: Not an event',
    )
  })
})
