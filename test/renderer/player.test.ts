import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  actOf,
  atStart,
  clockOf,
  holdMs,
  move,
  nextStop,
  type Player,
  type PlayerMove,
  shortenedWait,
  speeds,
} from '../../renderer/replay/player.ts'
import { Tape } from '../../renderer/replay/tape.ts'
import { parseRecording, type ReadRecording } from '../../src/core/contract/recording.ts'
import { replay } from '../../src/core/workflow/reducer.ts'

function recordingOf(name: string): ReadRecording {
  const read = parseRecording(readFileSync(new URL(`recordings/${name}.jsonl`, import.meta.url), 'utf8'))
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}
const tapeOf = (name: string): Tape => new Tape(recordingOf(name))
const signed = tapeOf('signed')
const after = (tape: Tape, ...moves: readonly PlayerMove[]): Player =>
  moves.reduce((player, each) => move(player, each, tape), atStart(false))
const position = (type: string, step: string): number =>
  signed.recording.events.findIndex((event) => event.type === type && 'step' in event && event.step === step) + 1
/** The same recording with a wait of this length. */
const waiting = (seconds: number): Tape => {
  const { events, ...rest } = recordingOf('signed')
  const from = position('step.waited', 'sign')
  const later = (at: string) => new Date(Date.parse(at) + seconds * 1000).toISOString()
  return new Tape({
    ...rest,
    events: events.map((event, at) => (at < from ? event : { ...event, at: later(event.at) })),
  })
}

describe('a tape', () => {
  it('agrees with the reducer at every place, in any order of moves', () => {
    const { events } = signed.recording
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: events.length }), { minLength: 1, maxLength: 8 }), (positions) => {
        const tape = tapeOf('signed')
        for (const at of positions) expect(tape.stateAt(at)).toEqual(replay(events.slice(0, at)))
      }),
      { numRuns: 30 },
    )
  })

  it('has a stop for each step as it ends, and for each page of its results', () => {
    expect(signed.stops.map(({ act }) => act)).toEqual([
      'map',
      'preflight',
      'sandbox',
      'build',
      'push',
      'sign',
      'certificate',
      'log-entry',
      'verify',
      'spire-server',
      'spire-agent',
      'register',
      'attest',
      'identity',
    ])
    expect(signed.stops.at(-1)?.position).toBe(signed.length)
    const unsigned = tapeOf('unsigned')
    expect(unsigned.stops.map(({ act }) => act)).toEqual(expect.arrayContaining(['sign', 'verify', 'identity']))
    expect(unsigned.stops.map(({ act }) => act)).not.toContain('certificate')
  })

  it('has the lines that the tools had printed until then, and no others', () => {
    const tape = new Tape({
      ...signed.recording,
      logs: [
        { after: 4, step: 'preflight', lines: ['a', 'b'] },
        { after: 30, step: 'build', lines: ['c'] },
        { after: 31, step: 'build', lines: ['d'] },
      ],
    })
    const runId = signed.recording.events[0]?.runId ?? ''
    expect(tape.logsAt(3)).toEqual({})
    expect(tape.logsAt(30)).toEqual({
      'session/preflight': { from: 0, lines: ['a', 'b'] },
      [`${runId}/build`]: { from: 0, lines: ['c'] },
    })
    expect(tape.logsAt(tape.length)[`${runId}/build`]?.lines).toEqual(['c', 'd'])
    expect(tape.logsAt(3)).toEqual({})
  })

  it('never runs backwards, even if the clock was set back', () => {
    const { events, ...rest } = recordingOf('signed')
    const tape = new Tape({
      ...rest,
      events: events.map((event, at) => (at === 40 ? { ...event, at: '2020-01-01T00:00:00Z' } : event)),
    })
    for (let at = 2; at <= tape.length; at++) expect(tape.timeAt(at)).toBeGreaterThanOrEqual(tape.timeAt(at - 1))
    expect(tape.timeAt(41)).toBe(tape.timeAt(40))
  })
})

describe('turning the pages', () => {
  it('goes through every stop to the end, and back', () => {
    let player = atStart(false)
    const seen = [actOf(player, signed)]
    while (nextStop(player, signed, 1) !== undefined) {
      player = move(player, { kind: 'step', by: 1 }, signed)
      seen.push(actOf(player, signed))
    }
    expect(seen).toEqual(signed.stops.map(({ act }) => act))
    while (nextStop(player, signed, -1) !== undefined) player = move(player, { kind: 'step', by: -1 }, signed)
    expect(player).toEqual(atStart(false))
  })

  it('from the middle of a step goes to its end, and back to the end of the one before', () => {
    const midst = after(signed, { kind: 'seek', position: position('step.waited', 'sign') })
    expect(actOf(midst, signed)).toBe('sign')
    expect(nextStop(midst, signed, 1)).toMatchObject({ act: 'sign', position: position('step.passed', 'sign') })
    expect(nextStop(midst, signed, -1)).toMatchObject({ act: 'push' })
  })

  it('moves to the page that is pressed, even to one that is not reached yet', () => {
    const player = after(signed, { kind: 'look', act: 'log-entry' })
    expect(player).toMatchObject({ act: 'log-entry', position: position('step.passed', 'sign'), playing: false })
    expect(move(player, { kind: 'look', act: 'build' }, signed).position).toBe(position('step.passed', 'build'))
    expect(move(player, { kind: 'look', act: 'map' }, signed)).toMatchObject({ act: 'map', position: player.position })
  })

  it('stops playback, as every choice does', () => {
    for (const choice of [
      { kind: 'seek', position: 9 },
      { kind: 'step', by: 1 },
      { kind: 'look', act: 'push' },
      { kind: 'home' },
    ] as const) {
      expect(after(signed, { kind: 'play' }, choice).playing).toBe(false)
    }
  })

  it('keeps within the recording', () => {
    expect(after(signed, { kind: 'seek', position: -7 }).position).toBe(1)
    expect(after(signed, { kind: 'seek', position: 1e9 }).position).toBe(signed.length)
    expect(after(signed, { kind: 'step', by: -1 }).position).toBe(1)
  })
})

describe('playing', () => {
  const tick = (ms: number): PlayerMove => ({ kind: 'tick', ms })
  const play: PlayerMove = { kind: 'play' }

  it('in real time takes as long as the run took, or a fraction of it', () => {
    const took = signed.timeAt(signed.length) - signed.timeAt(1)
    for (const speed of ['0.5', '1', '2', '4'] as const) {
      const whole = took / Number(speed)
      const begin = after(signed, { kind: 'speed', speed }, play)
      expect(move(begin, tick(whole - 1), signed)).toMatchObject({ playing: true })
      expect(move(begin, tick(whole + 1), signed)).toMatchObject({ playing: false, position: signed.length })
    }
  })

  it('has the clock of the recording, which stands still while paused', () => {
    const long = waiting(60)
    const at = position('step.waited', 'sign')
    const begin = after(long, { kind: 'seek', position: at }, { kind: 'speed', speed: '1' }, play)
    const half = move(begin, tick(2_500), long)
    expect(half.position).toBe(at)
    expect(clockOf(half, long) - long.timeAt(at)).toBeGreaterThan(29_000)
    const paused = move(half, { kind: 'pause' }, long)
    expect(clockOf(move(paused, tick(9_000), long), long)).toBe(clockOf(half, long))
  })

  it('shortens a long wait, and says so', () => {
    const long = waiting(60)
    const at = after(long, { kind: 'seek', position: position('step.waited', 'sign') }, { kind: 'speed', speed: '1' })
    expect(shortenedWait(at, long)).toMatchObject({ shownMs: 5_000 })
    expect(shortenedWait(at, long)?.tookMs).toBeGreaterThan(60_000)
    expect(shortenedWait(move(at, { kind: 'speed', speed: 'reading' }, long), long)).not.toBeNull()
    for (let each = 1; each <= signed.length; each++) {
      expect(shortenedWait(after(signed, { kind: 'seek', position: each }), signed)).toBeNull()
    }
  })

  it('at reading speed turns every page, and gives each of them time', () => {
    let player = after(signed, play)
    const seen: string[] = []
    while (player.playing) {
      const act = actOf(player, signed)
      const stop = signed.stops.some((each) => each.act === act && each.position === player.position)
      if (stop) {
        seen.push(act)
        expect(holdMs(player, signed)).toBeGreaterThan(3_000)
      }
      player = move(player, tick(holdMs(player, signed)), signed)
    }
    expect(seen).toEqual(signed.stops.map(({ act }) => act))
    expect(player.position).toBe(signed.length)
  })

  it('starts over where it has ended', () => {
    const end = after(signed, { kind: 'speed', speed: '2' }, { kind: 'look', act: 'identity' })
    expect(move(end, play, signed)).toEqual({ ...atStart(true), speed: '2' })
  })

  it('passes the same places whether time comes in small or large steps', () => {
    const moves = fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 20 })
    fc.assert(
      fc.property(moves, fc.constantFrom(...speeds), (drops, speed) => {
        const begin = after(signed, { kind: 'speed', speed }, play)
        const dropped = drops.reduce((player, ms) => move(player, tick(ms), signed), begin)
        const atOnce = move(begin, tick(drops.reduce((sum, ms) => sum + ms, 0)), signed)
        expect(dropped.position).toBe(atOnce.position)
        expect(actOf(dropped, signed)).toBe(actOf(atOnce, signed))
      }),
      { numRuns: 60 },
    )
  })
})
