import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseRecording } from '../../../src/core/contract/recording.ts'
import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { leastLateMs, troubleWith, Waits, workTimes } from '../../../src/core/workflow/talk/net.ts'
import { recorded } from '../../renderer/recorded.ts'

const began = Date.parse('2026-11-21T12:00:00Z')
const at = (ms: number): string => new Date(began + ms).toISOString()
type Status = RunState['steps'][number]['status']

/** A run in which one step has this status since 12:00. */
function running(status: Status, startedAt: string | null = at(0)): RunState {
  const run = recorded('signed', (event) => event.type === 'step.started' && event.step === 'build')
  return {
    ...run,
    steps: run.steps.map((step) => (step.id === 'build' ? { ...step, status, startedAt, endedAt: null } : step)),
  }
}
const works = running({ state: 'running', progress: null })
const waits = running({ state: 'waiting', what: 'you', until: null, address: null })

describe('the net of a live talk', () => {
  it('is offered from three times the rehearsal on, and not before', () => {
    const rehearsed = { build: 4_000 }
    expect(troubleWith(works, rehearsed, new Waits(), began + 11_999)).toBeNull()
    expect(troubleWith(works, rehearsed, new Waits(), began + 12_000)).toBe(
      '“Build the image” takes longer than 3 times its rehearsal (4.0 s).',
    )
  })

  it('does not count what a live step waited for people', () => {
    const observed = new Waits()
    observed.observe([works], began)
    observed.observe([waits], began + 1_000)
    expect(troubleWith(waits, { build: 1_000 }, observed, began + 60_000)).toBeNull()
    observed.observe([works], began + 601_000)
    expect(troubleWith(works, { build: 1_000 }, observed, began + 602_999)).toBeNull()
    expect(troubleWith(works, { build: 1_000 }, observed, began + 603_000)).not.toBeNull()
  })

  it('does not count what the rehearsal waited for people', () => {
    const read = parseRecording(readFileSync('test/renderer/recordings/signed.jsonl', 'utf8'))
    if (!read.ok) throw new Error('no recording')
    const { events } = read.value
    const times = workTimes(events)
    const [waited, resumed] = ['step.waited', 'step.resumed'].map((type) =>
      events.findIndex((each) => each.type === type),
    )
    // The person takes an hour longer to log in.
    const later = events.map((event, index) =>
      index > (waited ?? 0) ? { ...event, at: new Date(Date.parse(event.at) + 3_600_000).toISOString() } : event,
    )
    expect(resumed).toBeGreaterThan(waited ?? 0)
    expect(workTimes(later)).toEqual(times)
    expect(times.sign).toBeGreaterThan(0)
    expect(times.sign).toBeLessThan(60_000)
  })

  it('is not offered for a moment that is not noticed, or a step that was not rehearsed', () => {
    expect(troubleWith(works, { build: 10 }, new Waits(), began + leastLateMs - 1)).toBeNull()
    expect(troubleWith(works, { build: 10 }, new Waits(), began + leastLateMs)).not.toBeNull()
    expect(troubleWith(works, {}, new Waits(), began + 1e9)).toBeNull()
  })

  it('is offered at once for a step that failed, and not for one that was cancelled, denied or has passed', () => {
    const error = { code: 'run.failed', what: 'x', remedy: 'y' } as never
    expect(troubleWith(running({ state: 'failed', error }), {}, new Waits(), began)).toBe('“Build the image” failed.')
    for (const status of [{ state: 'cancelled', reason: 'x' }, { state: 'passed' }] as const)
      expect(troubleWith(running(status), { build: 1 }, new Waits(), began + 1e6)).toBeNull()
    expect(troubleWith(recorded('tampered'), {}, new Waits(), began)).toBeNull()
  })

  it('is offered when the run was cancelled, or ended otherwise than its scenario says', () => {
    const signed = recorded('signed')
    expect(troubleWith(signed, {}, new Waits(), began)).toBeNull()
    const cancelled = { ...signed, outcome: 'cancelled', ok: false } as const
    expect(troubleWith(cancelled, {}, new Waits(), began)).toBe('The run was cancelled.')
    const denied = { ...signed, outcome: 'denied', ok: false } as const
    expect(troubleWith(denied, {}, new Waits(), began)).toBe('The run ended otherwise than its scenario says.')
  })

  it('survives a clock that is set back', () => {
    expect(troubleWith(works, { build: 1_000 }, new Waits(), began - 5_000)).toBeNull()
  })
})
