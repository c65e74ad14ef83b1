import { expect, it } from 'vitest'
import { settled } from '../../../src/core/attestor/gates/settled.ts'

const open = () => new AbortController().signal

it('looks again while there is a stranger, and answers what it saw last', async () => {
  const seen = [{ stranger: true }, { stranger: true, found: 'again' }, { found: 'a file' }]
  expect(await settled(() => seen.shift() ?? {}, open)).toEqual({ found: 'a file' })
})

it('looks once where there is none, four times where one stays, and not again after the deadline', async () => {
  const looks = async (stranger: boolean, deadline: () => AbortSignal) => {
    let count = 0
    await settled(() => ({ stranger, count: ++count }), deadline)
    return count
  }
  expect(await looks(false, open)).toBe(1)
  expect(await looks(true, open)).toBe(4)
  expect(await looks(true, () => AbortSignal.abort())).toBe(1)
})
