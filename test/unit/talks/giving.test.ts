import { describe, expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { err, ok } from '../../../src/core/domain/result.ts'
import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { recorded } from '../../renderer/recorded.ts'
import { stage } from './giving-stage.ts'

describe('giving a talk', () => {
  it('from recordings asks the engine for nothing, from the title to the last stop and back', async () => {
    const { giving, requests } = stage()
    await giving.begin('ten-minutes', 'replay')
    expect(giving.audience().view).toMatchObject({ at: -1, count: 8, stop: null, mode: 'replay' })
    for (let press = 0; press < 12; press++) await giving.press('next')
    expect(giving.audience().view).toMatchObject({
      at: 7,
      stop: { scenario: 'wrong-signer', act: 'identity' },
      asks: null,
    })
    for (let press = 0; press < 12; press++) await giving.press('back')
    expect(giving.audience().view?.at).toBe(-1)
    expect(requests()).toEqual([])
  })

  it('live starts a run at the second press only, and says before it what will happen', async () => {
    const { giving, requests, has } = stage({ start: ok({ runId: recorded('signed').runId }) })
    await giving.begin('ten-minutes', 'live')
    expect(giving.presenter()?.press.effect).toBe(true)
    expect(giving.audience().view?.asks).toBeNull()
    await giving.press('next')
    expect(requests()).toEqual([])
    expect(giving.audience().view?.asks).toContain('builds an image, pushes it, has it signed, and runs a container')
    await giving.press('next')
    expect(requests()).toEqual(['startRun'])
    has(recorded('signed'))
    expect(giving.audience().view).toMatchObject({ at: 0, runId: recorded('signed').runId, asks: null })
    // Within a part nothing outside changes, so one press is enough.
    await giving.press('next')
    expect(giving.audience().view?.at).toBe(1)
    expect(requests()).toEqual(['startRun'])
  })

  it.each(['back', 'calm', 'blank', 'zoom'] as const)(
    'takes the question back with %s: the next press asks again',
    async (key) => {
      const { giving, requests } = stage()
      await giving.begin('ten-minutes', 'live')
      await giving.press('next')
      await giving.press(key)
      expect(giving.audience().view?.asks).toBeNull()
      await giving.press('next')
      expect(requests()).toEqual([])
      expect(giving.audience().view?.asks).not.toBeNull()
    },
  )

  it('logs in for the run that waits, after a second press; publishing is never answered by a key', async () => {
    const waiting = recorded('signed', (event) => event.type === 'step.waited' && event.step === 'sign')
    const { giving, requests, has, asked } = stage({ start: ok({ runId: waiting.runId }) })
    await giving.begin('ten-minutes', 'live')
    await giving.press('next')
    await giving.press('next')
    has(waiting)
    // What comes before the login is shown first, and the login's own stop.
    await giving.press('next')
    await giving.press('next')
    expect(giving.audience().view).toMatchObject({ stop: { act: 'sign' }, asks: null })
    await giving.press('next')
    expect(giving.audience().view?.asks).toContain('Logs in as the engineer')
    await giving.press('next')
    expect(asked.at(-1)).toEqual(['answerLogin', { runId: waiting.runId, persona: 'engineer', decision: 'allow' }])
    has({ ...waiting, profile: { ...waiting.profile, kind: 'services', public: true } })
    for (let press = 0; press < 4; press++) await giving.press('next')
    expect(requests()).toEqual(['startRun', 'answerLogin'])
    expect(giving.presenter()?.press).toEqual({ effect: false, says: 'A person has to answer on the page first.' })
  })

  it('stays where it is when a run cannot be started, and says why', async () => {
    const { giving } = stage({ start: err(appError('run.busy', 'Two runs are under way already.', 'Wait.')) })
    await giving.begin('ten-minutes', 'live')
    await giving.press('next')
    await giving.press('next')
    expect(giving.audience()).toMatchObject({ view: { at: -1 }, problem: { code: 'run.busy' } })
    expect(giving.presenter()?.problem?.code).toBe('run.busy')
  })

  it('never gives the audience a note, nor a stop that was not shown', async () => {
    const { giving } = stage()
    await giving.begin('ten-minutes', 'replay')
    for (let at = 0; at < 8; at++) {
      await giving.press('next')
      const notes = giving.presenter()?.notes ?? ''
      expect(notes.length).toBeGreaterThan(100)
      const shown = JSON.stringify(giving.audience())
      for (const sentence of notes.split(/[.?!]\s/).filter(({ length }) => length > 20))
        expect(shown).not.toContain(sentence)
      expect(shown).not.toContain('notes')
    }
  })

  it('knows the time that is planned, and begins the clock with the first stop', async () => {
    const { giving } = stage()
    await giving.begin('ten-minutes', 'replay')
    expect(giving.presenter()).toMatchObject({ startedAt: null, plannedMs: 0, wholeMs: 600_000 })
    await giving.press('first')
    expect(giving.presenter()).toMatchObject({ startedAt: '2026-11-21T12:00:00.000Z', plannedMs: 90_000 })
    await giving.press('first')
    expect(giving.audience().view?.at).toBe(0)
    // Three of its stops ask first: the next press there reveals.
    for (let press = 0; press < 10; press++) await giving.press('next')
    expect(giving.presenter()?.plannedMs).toBe(600_000)
  })

  it('asks at a stop that predicts: votes count there only, the next press reveals, and the verdict stays revealed', async () => {
    const { giving } = stage()
    await giving.begin('ten-minutes', 'replay')
    giving.vote(3)
    expect(giving.audience().view?.prediction).toBeNull()
    while (giving.audience().view?.stop?.act !== 'attest') await giving.press('next')
    for (const answer of [0, 3, 3, 7, null]) giving.vote(answer)
    expect(giving.audience().view?.prediction).toEqual({ votes: [0, 3, 3], revealed: false })
    expect(giving.presenter()?.press).toEqual({ effect: false, says: 'Reveals the verdict, with the votes.' })
    const { at } = giving.audience().view ?? {}
    await giving.press('next')
    expect(giving.audience().view).toMatchObject({ at, prediction: { votes: [0, 3, 3], revealed: true } })
    giving.vote(1)
    expect(giving.audience().view?.prediction?.votes).toEqual([0, 3, 3])
    await giving.press('next')
    await giving.press('back')
    expect(giving.audience().view).toMatchObject({ at, prediction: { revealed: true } })
  })

  it('live reveals nothing before there is a verdict', async () => {
    const whole = recorded('signed')
    const { giving, has } = stage({ start: ok({ runId: whole.runId }) })
    await giving.begin('ten-minutes', 'live')
    await giving.press('next')
    await giving.press('next')
    has(recorded('signed', (event) => event.type === 'step.started' && event.step === 'attest'))
    for (let press = 0; press < 6; press++) await giving.press('next')
    giving.vote(4)
    expect(giving.audience().view).toMatchObject({
      stop: { act: 'attest' },
      prediction: { votes: [4], revealed: false },
    })
    expect(giving.presenter()?.press.says).toContain('the verdict is not there yet')
    has(whole)
    await giving.press('next')
    expect(giving.audience().view).toMatchObject({ prediction: { votes: [4], revealed: true } })
  })

  it('offers the rehearsal when a service is killed on the way, shows it from there, and goes back to live', async () => {
    const whole = recorded('signed')
    const error = appError('run.failed', 'The registry ended.', 'Start again.')
    const killed: RunState = {
      ...recorded('signed', (event) => event.type === 'step.started' && event.step === 'push'),
      outcome: 'failed',
      finishedAt: whole.finishedAt,
    }
    const failed = {
      ...killed,
      steps: killed.steps.map((step) =>
        step.id === 'push' ? { ...step, status: { state: 'failed', error } as const } : step,
      ),
    }
    const { giving, requests, has } = stage({ start: ok({ runId: whole.runId }), rehearsed: true })
    await giving.begin('ten-minutes', 'live')
    await giving.press('net')
    expect(giving.audience().view?.mode).toBe('live')
    await giving.press('next')
    await giving.press('next')
    has(recorded('signed', (event) => event.type === 'step.started' && event.step === 'push'))
    expect(giving.presenter()?.net).toBeNull()
    has(failed)
    expect(giving.presenter()?.net).toMatchObject({ back: false })
    const { at, stop } = giving.audience().view ?? {}
    await giving.press('net')
    expect(giving.audience()).toMatchObject({
      name: 'ten-minutes',
      view: { at, stop, mode: 'replay', rehearsed: true },
    })
    // To the end, through the other parts: REPLAY everywhere, and nothing is started.
    for (let press = 0; press < 14; press++) {
      await giving.press('next')
      expect(giving.audience().view).toMatchObject({ mode: 'replay', asks: null })
    }
    expect(giving.audience().view?.at).toBe(7)
    expect(requests()).toEqual(['startRun'])
    await giving.press('net')
    expect(giving.audience().view).toMatchObject({ mode: 'live', rehearsed: false })
    // That part has not run: its stop comes once more, live, after a second press.
    expect(giving.presenter()?.press.says).toContain('Starts the run “Wrong signer”')
    await giving.press('next')
    expect(requests()).toEqual(['startRun'])
    await giving.press('next')
    expect(requests()).toEqual(['startRun', 'startRun'])
    expect(giving.audience().view).toMatchObject({ at: 7, mode: 'live' })
  })

  it('offers nothing where the talk was not rehearsed', async () => {
    const { giving, has } = stage({ start: ok({ runId: recorded('signed').runId }) })
    await giving.begin('ten-minutes', 'live')
    await giving.press('next')
    await giving.press('next')
    has({ ...recorded('signed'), outcome: 'failed', ok: false })
    expect(giving.presenter()?.net).toBeNull()
    await giving.press('net')
    expect(giving.audience().view?.mode).toBe('live')
  })

  it('keeps each run of a rehearsal once, when it has ended as expected', async () => {
    const whole = recorded('signed')
    const { giving, requests, has, asked } = stage({ start: ok({ runId: whole.runId }) })
    await giving.begin('ten-minutes', 'rehearse')
    await giving.press('next')
    await giving.press('next')
    has({ ...whole, ok: false, outcome: 'failed' })
    expect(requests()).toEqual(['startRun'])
    has(whole, recorded('tampered'))
    has(whole)
    expect(requests()).toEqual(['startRun', 'keepRehearsal'])
    expect(asked.at(-1)).toEqual(['keepRehearsal', { talk: 'ten-minutes', runId: whole.runId }])
  })

  it('does not begin with a file that is no talk, and keeps the one that is given', async () => {
    const { giving } = stage({ text: '{"title":"x"}' })
    const begun = await giving.begin('mine', 'replay')
    expect(begun.ok).toBe(false)
    expect(giving.audience()).toMatchObject({ view: null, problem: { code: 'config.talk' } })
  })
})
