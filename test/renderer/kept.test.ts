import { afterEach, describe, expect, it, vi } from 'vitest'
import { timesIn } from '../../renderer/kit/text/times.ts'
import { keepChoice, keptChoice } from '../../renderer/state/kept-choice.ts'

afterEach(() => vi.unstubAllGlobals())

describe('a choice for the next start', () => {
  it('is kept, and counts only while it is one of those allowed', () => {
    const kept = new Map<string, string>()
    const setItem = (key: string, value: string) => kept.set(key, value)
    vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem })
    expect(keptChoice('look', ['dark', 'light'])).toBeUndefined()
    keepChoice('look', 'dark')
    expect(keptChoice('look', ['dark', 'light'])).toBe('dark')
    expect(keptChoice('look', ['light'])).toBeUndefined()
  })

  it('takes nothing away where nothing can be kept', () => {
    const fail = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    vi.stubGlobal('localStorage', { getItem: fail, setItem: fail })
    keepChoice('look', 'dark')
    expect(keptChoice('look', ['dark'])).toBeUndefined()
  })
})

describe('a time in the zone of this machine', () => {
  afterEach(() => vi.restoreAllMocks())
  // As RFC 5280 writes "no end".
  const noEnd = '9999-12-31T23:59:59Z'

  it.each([
    ['2026-11-21T20:34:00Z', '2026-11-21T22:34:00+02:00', 'UTC+2'],
    [noEnd, noEnd, 'UTC'],
  ])('of %s is %s', (iso, whole, zone) => {
    vi.spyOn(Date.prototype, 'getTimezoneOffset').mockReturnValue(-120)
    const times = timesIn('local')
    expect([times.whole(iso), times.zone(iso)]).toEqual([whole, zone])
  })
})
