import { expect, it } from 'vitest'
import { SharedRuns } from '../../../src/core/attestor/cache/shared-runs.ts'
import type { Check } from '../../../src/core/domain/verdict.ts'

const timedOut: Check<'cosign'> = { id: 'cosign', verdict: 'could-not-check', expected: '', found: '', remedy: '' }

it('a run that is being ended does not continue for whoever joins it, and the next one may', async () => {
  const run = new SharedRuns(8).of('question')
  const { promise, resolve } = Promise.withResolvers<Check<'cosign'>>()
  const ended = run.run(() => promise)
  run.ends()
  expect(run.continues(() => undefined)).toBe(false)
  resolve(timedOut)
  await ended
  const next = run.run(() => new Promise(() => undefined))
  expect(run.continues(() => undefined)).toBe(true)
  void next
})
