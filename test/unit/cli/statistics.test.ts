import { expect, it } from 'vitest'
import { median, spread } from '../../../src/cli/bench/statistics.ts'

it('the median is the middle value, or the mean of the two in the middle, whatever the order', () => {
  expect([median([9, 1, 5]), median([4, 1, 3, 2]), median([7])]).toEqual([5, 2.5, 7])
  expect(() => median([])).toThrow('No values')
})

it('the spread names median, ends and how many', () => {
  expect(spread([10, 30, 20])).toBe('median 20 ms (10 to 30, n=3)')
})
