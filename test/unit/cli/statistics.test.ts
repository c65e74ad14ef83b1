import { expect, it } from 'vitest'
import { median, percentile, spread } from '../../../src/cli/bench/statistics.ts'

it('the median is the middle value, or the mean of the two in the middle, whatever the order', () => {
  expect([median([9, 1, 5]), median([4, 1, 3, 2]), median([7])]).toEqual([5, 2.5, 7])
  expect(() => median([])).toThrow('No values')
})

it('the spread names median, ends and how many', () => {
  expect(spread([10, 30, 20])).toBe('median 20 ms (10 to 30, n=3)')
})

it('a percentile is a measured value, and the hundredth is the largest', () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at)
  expect([percentile(values, 50), percentile(values, 95), percentile(values, 100)]).toEqual([100, 190, 200])
  expect(percentile([7], 95)).toBe(7)
  expect(() => percentile([], 50)).toThrow('No values')
})
