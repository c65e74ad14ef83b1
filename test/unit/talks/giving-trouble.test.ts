import { describe, expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { err, ok } from '../../../src/core/domain/result.ts'
import { recorded } from '../../renderer/recorded.ts'
import { stage } from './giving-stage.ts'

describe('giving a talk, when something is not as planned', () => {
  it('asks again when what the next press does has changed since it was asked', async () => {
    const whole = recorded('signed')
    const waiting = recorded('signed', (event) => event.type === 'step.waited' && event.step === 'sign')
    const last = { act: 'build', minutes: 1, notes: '' }
    const text = JSON.stringify({
      title: 'A talk',
      minutes: 2,
      parts: [
        { scenario: 'signed', stops: [last] },
        { scenario: 'tampered', stops: [last] },
      ],
    })
    const { giving, requests, has } = stage({ text, start: ok({ runId: whole.runId }) })
    await giving.begin('mine', 'live')
    await giving.press('next')
    await giving.press('next')
    has(waiting)
    await giving.press('next')
    expect(giving.audience().view?.asks).toContain('Logs in')
    // Somebody logs in on the page, and the run ends: the press that was asked for is another one now.
    has(whole)
    expect(giving.audience().view?.asks).toBeNull()
    await giving.press('next')
    expect(requests()).toEqual(['startRun'])
    expect(giving.audience().view?.asks).toContain('Starts the run “Tampered')
  })

  it('withholds the verdict on every stop of a part until it is revealed', async () => {
    const stops = [
      { act: 'map', minutes: 1 },
      { act: 'attest', predict: true, minutes: 1 },
      { act: 'map', minutes: 1 },
    ]
    const text = JSON.stringify({
      title: 'A talk',
      minutes: 4,
      parts: [
        { scenario: 'signed', stops },
        { scenario: 'tampered', stops: [{ act: 'map', minutes: 1 }] },
      ],
    })
    const { giving } = stage({ text })
    await giving.begin('mine', 'replay')
    expect(giving.audience().view).toMatchObject({ at: -1, withholds: true })
    const withheld = async (key: 'next' | 'back') => {
      await giving.press(key)
      return giving.audience().view?.withholds
    }
    expect(await withheld('next')).toBe(true)
    expect(await withheld('next')).toBe(true)
    expect(await withheld('back')).toBe(true)
    expect(await withheld('next')).toBe(true)
    expect(await withheld('next')).toBe(false)
    expect(await withheld('next')).toBe(false)
    expect(await withheld('back')).toBe(false)
    expect(await withheld('back')).toBe(false)
    expect(await withheld('back')).toBe(false)
    for (let press = 0; press < 4; press++) await giving.press('next')
    expect(giving.audience().view).toMatchObject({ stop: { scenario: 'tampered' }, withholds: false })
  })

  it('offers the rehearsal when the run of the next part cannot be started', async () => {
    const { giving, requests } = stage({
      start: err(appError('run.busy', 'Two runs are under way already.', 'Wait.')),
      rehearsed: true,
    })
    await giving.begin('ten-minutes', 'live')
    expect(giving.presenter()?.net).toBeNull()
    await giving.press('next')
    await giving.press('next')
    expect(giving.presenter()?.net).toEqual({ says: 'Two runs are under way already.', back: false })
    await giving.press('net')
    await giving.press('next')
    expect(giving.audience().view).toMatchObject({ at: 0, mode: 'replay', rehearsed: true })
    expect(requests()).toEqual(['startRun'])
    expect(giving.presenter()?.problem).toBeNull()
  })
})
