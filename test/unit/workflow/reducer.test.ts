import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MachineArtifact } from '../../../src/core/workflow/artifacts.ts'
import type { EventBody, RunEvent } from '../../../src/core/workflow/events.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { type Profile, sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { type RunState, reduce, replay, stepElapsedMs } from '../../../src/core/workflow/reducer.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'
import { type StepId, stepIds, steps } from '../../../src/core/workflow/steps.ts'

const log = (...bodies: EventBody[]): RunEvent[] =>
  bodies.map((body, index) => ({
    ...body,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
    runId: 'r1',
  }))
const planned = (id: keyof typeof scenarios = 'signed'): EventBody => ({
  type: 'run.planned',
  scenario: id,
  profile: sandboxProfile,
  steps: planFor(scenarios[id], sandboxProfile),
})
const machine: MachineArtifact = {
  kind: 'machine',
  engine: { name: 'docker', version: '20.10', socket: '/run/x.sock', ours: true },
  checks: [],
}
const status = (state: RunState | null, id: StepId) => state?.steps.find((step) => step.id === id)?.status
const denial = { gate: 'signature', expected: 'a signature', found: 'none', remedy: 'sign it' } as const

describe('the reducer', () => {
  it('starts with the steps that need nothing ready, the others blocked by what they miss, the left out skipped', () => {
    const state = replay(log(planned('unsigned')))
    expect(status(state, 'preflight')).toEqual({ state: 'ready' })
    expect(status(state, 'build')).toEqual({ state: 'blocked', missing: ['machine', 'sigstore'] })
    expect(status(state, 'sign')).toMatchObject({ state: 'skipped' })
  })

  it('unblocks a step when the last thing it needs is produced', () => {
    const state = replay(
      log(
        planned(),
        { type: 'step.started', step: 'preflight' },
        { type: 'step.produced', step: 'preflight', artifact: machine },
      ),
    )
    expect(status(state, 'sandbox')).toEqual({ state: 'ready' })
    expect(status(state, 'build')).toEqual({ state: 'blocked', missing: ['sigstore'] })
  })

  it('collects the gates of an attestation as they are decided, and drops them when it is done again', () => {
    const gate = (id: 'container' | 'image', verdict: 'passed' | 'failed'): EventBody => ({
      type: 'step.gate-decided',
      step: 'attest',
      gate: { id, verdict, expected: 'x', found: 'y', elapsedMs: 1 },
    })
    const events = [planned(), { type: 'step.started', step: 'attest' } as const]
    const decided = [...events, gate('container', 'passed'), gate('image', 'passed'), gate('container', 'failed')]
    const gates = (bodies: EventBody[]) =>
      replay(log(...bodies))
        ?.steps.find(({ id }) => id === 'attest')
        ?.gates.map(({ id, verdict }) => `${id} ${verdict}`)
    expect(gates(decided)).toEqual(['container failed', 'image passed'])
    expect(gates([...decided, { type: 'step.started', step: 'attest' }])).toEqual([])
  })

  it('distinguishes waiting for a person from running, and returns to running', () => {
    const events = log(
      planned(),
      { type: 'step.started', step: 'sign' },
      { type: 'step.waited', step: 'sign', what: 'login', until: null },
    )
    const waiting = replay(events)
    expect(status(waiting, 'sign')).toMatchObject({ state: 'waiting', what: 'login' })
    const resumed = reduce(waiting, { ...log({ type: 'step.resumed', step: 'sign' })[0]!, seq: 4 })
    expect(status(resumed, 'sign')).toMatchObject({ state: 'running' })
  })

  it('shows cancelling between the request and the end, whatever the step still reports', () => {
    const state = replay(
      log(
        planned(),
        { type: 'step.started', step: 'build' },
        { type: 'run.cancel-requested', reason: 'Ctrl-C' },
        { type: 'step.progressed', step: 'build', progress: { kind: 'indeterminate', label: 'layer' } },
      ),
    )
    expect(status(state, 'build')).toEqual({ state: 'cancelling' })
  })

  it('distinguishes refused, failed and cancelled', () => {
    const error = { code: 'run.x', what: 'w', remedy: 'r' } as const
    const state = replay(
      log(
        planned(),
        { type: 'step.refused', step: 'verify', denial },
        { type: 'step.failed', step: 'push', error },
        { type: 'step.cancelled', step: 'sign', reason: 'Ctrl-C' },
      ),
    )
    expect([status(state, 'verify'), status(state, 'push'), status(state, 'sign')]).toEqual([
      { state: 'refused', denial },
      { state: 'failed', error },
      { state: 'cancelled', reason: 'Ctrl-C' },
    ])
  })

  it('opens a finished run again when a step is done once more, and marks later ones stale without losing artifacts', () => {
    const state = replay(
      log(
        planned(),
        { type: 'step.started', step: 'preflight' },
        { type: 'step.produced', step: 'preflight', artifact: machine },
        { type: 'step.passed', step: 'preflight' },
        { type: 'run.finished', outcome: 'svid', ok: true, denial: null, error: null },
        { type: 'step.staled', step: 'attest', because: 'sign' },
        { type: 'step.started', step: 'sign' },
      ),
    )
    expect(state).toMatchObject({ finishedAt: null, outcome: null })
    expect(status(state, 'attest')).toEqual({ state: 'stale', because: 'sign' })
    expect(state?.artifacts.machine).toBe(machine)
  })

  it('knows before which step a run is paused until that step begins, is left out or the run ends', () => {
    const paused = [planned(), { type: 'run.paused', before: 'sandbox' }] as const
    const ended = { type: 'run.finished', outcome: 'cancelled', ok: false, denial: null, error: null } as const
    expect(replay(log(...paused))).toMatchObject({ paused: 'sandbox', finishedAt: null })
    for (const next of [
      { type: 'step.started', step: 'sandbox' },
      { type: 'step.skipped', step: 'sandbox', reason: 'x' },
      { type: 'step.reused', step: 'sandbox', since: '2026-01-01T00:00:00Z' },
      ended,
    ] as const)
      expect(replay(log(...paused, next))?.paused).toBeNull()
    expect(replay(log(planned(), ended, { type: 'run.paused', before: 'sign' }))).toMatchObject({
      paused: 'sign',
      finishedAt: null,
      outcome: null,
      ok: null,
    })
  })

  it('refuses a gap, a repeated event and a log that does not begin with the plan', () => {
    const [first, second] = log(planned(), { type: 'step.started', step: 'preflight' })
    const begun = reduce(null, first!)
    expect(() => reduce(begun, { ...second!, seq: 3 })).toThrow('Event 3 follows 1')
    expect(() => reduce(begun, first!)).toThrow('Event 1 follows 1')
    expect(() => reduce(null, second!)).toThrow('begins with run.planned')
  })

  it('holds its invariants for any order of step events', () => {
    const step = fc.constantFrom(...stepIds)
    const always = planFor(scenarios.signed, sandboxProfile).map(({ id }) => id)
    const body: fc.Arbitrary<EventBody> = fc.oneof(
      step.map((id) => ({ type: 'step.started' as const, step: id })),
      step.map((id) => ({ type: 'step.passed' as const, step: id })),
      step.map((id) => ({ type: 'step.cancelled' as const, step: id, reason: 'x' })),
      step.map((id) => ({ type: 'step.produced' as const, step: id, artifact: machine })),
      step.map((id) => ({ type: 'step.staled' as const, step: id, because: 'build' as const })),
      fc.constant({ type: 'run.cancel-requested' as const, reason: 'x' }),
      step.map((id) => ({ type: 'run.paused' as const, before: id })),
    )
    fc.assert(
      fc.property(fc.array(body, { maxLength: 40 }), (bodies) => {
        const events = log(planned(), ...bodies)
        const state = replay(events)
        expect(state?.steps.map((view) => view.id)).toEqual(always)
        expect(state?.lastSeq).toBe(events.length)
        for (const view of state?.steps ?? []) {
          expect(stepElapsedMs(view, Date.now())).toBeGreaterThanOrEqual(0)
          if (view.status.state === 'blocked') expect(view.status.missing.length).toBeGreaterThan(0)
        }
        // Replaying in two parts gives the same state as applying the events one by one.
        const half = replay(events.slice(0, 1 + (bodies.length >> 1)))
        expect(events.slice(half?.lastSeq).reduce<RunState | null>(reduce, half)).toEqual(state)
      }),
    )
  })
})

describe('the plan', () => {
  it.each(Object.values(scenarios))('of $id gives every step what it needs before it starts', (scenario) => {
    const plan = planFor(scenario, sandboxProfile)
    const isIncluded = (id: StepId) => steps[id].only?.(sandboxProfile) !== false
    const own = stepIds.filter((id) => isIncluded(id) && (steps[id].optional !== true || scenario.adds.includes(id)))
    expect(plan.map((step) => step.id)).toEqual(own)
    expect(plan.filter((step) => step.skip !== null).map((step) => step.id)).toEqual(Object.keys(scenario.skips))
  })

  it.each([
    { spire: 'ours', steps: ['connect', 'spire-server', 'spire-agent'] },
    { spire: 'server', steps: ['connect', 'given-server', 'spire-agent'] },
    { spire: 'agent', steps: ['connect', 'given-agent'] },
  ] as const)('of services with SPIRE of $spire asks before anything is public', ({ spire, steps: own }) => {
    const profile: Profile = { name: 'acme', title: 'Acme', kind: 'services', public: false, spire }
    const ids = (more: Partial<Profile>) => planFor(scenarios.signed, { ...profile, ...more }).map(({ id }) => id)
    expect(ids({}).filter((id) => own.some((each) => each === id))).toEqual(own)
    expect(ids({})).not.toContain('sandbox')
    expect(ids({})).not.toContain('consent')
    const asked = ids({ public: true })
    expect(asked.slice(asked.indexOf('build'), asked.indexOf('sign'))).toEqual(['build', 'consent', 'push'])
  })

  it('refuses a scenario that leaves out what a later step needs', () => {
    expect(() => planFor({ ...scenarios.signed, skips: { push: 'no reason' } }, sandboxProfile)).toThrow(
      'needs pushed-image',
    )
  })
})
