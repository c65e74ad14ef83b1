import { expect, it } from 'vitest'
import { SharedRuns } from '../../../src/core/attestor/cache/shared-runs.ts'
import type { Check } from '../../../src/core/domain/verdict.ts'

const timedOut: Check<'cosign'> = { id: 'cosign', verdict: 'could-not-check', expected: '', found: '', remedy: '' }

it('a run that is being ended does not continue for whoever joins it, and the next one may', async () => {
  const run = new SharedRuns(8).of('question')
  let end: (check: Check<'cosign'>) => void = () => undefined
  const ended = run.run(
    () =>
      new Promise((resolve) => {
        end = resolve
      }),
  )
  run.ends()
  expect(run.continues(() => undefined)).toBe(false)
  end(timedOut)
  await ended
  void run.run(() => new Promise(() => undefined))
  expect(run.continues(() => undefined)).toBe(true)
})
