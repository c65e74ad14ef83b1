import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { batches } from '../../../src/core/orchestrator/host/batches.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('sends at once after a quiet time, and otherwise no sooner than the given time after the last', () => {
  const later = batches(50)
  const sent: number[] = []
  const began = performance.now()
  const publish = () => later(() => sent.push(performance.now() - began))
  publish()
  // Not within the call: changes published together travel together.
  expect(sent).toEqual([])
  vi.runAllTimers()
  vi.advanceTimersByTime(10)
  publish()
  vi.advanceTimersByTime(39)
  expect(sent).toEqual([0])
  vi.advanceTimersByTime(1)
  expect(sent).toEqual([0, 50])
  vi.advanceTimersByTime(500)
  publish()
  vi.advanceTimersByTime(0)
  expect(sent).toEqual([0, 50, 550])
})
