import { describe, expect, it } from 'vitest'
import { buildProgress, pushProgress } from '../../../src/core/steps/shared/engine-progress.ts'

const layer = (id: string, status: string, current?: number, total?: number) => ({ id, status, current, total })

describe('the engine\u2019s progress', () => {
  it('with a build: the instruction, of how many', () => {
    const label = 'COPY workload /workload · step'
    expect(buildProgress('Step 6/7 : COPY workload /workload')).toEqual({ kind: 'count', label, done: 6, total: 7 })
    for (const line of [' ---> Using cache', 'Successfully built 61aa42bf261a', 'Step x/7 : y', ''])
      expect(buildProgress(line)).toBeUndefined()
  })

  it('with a push: layers, and bytes as soon as the engine counts them', () => {
    const progress = pushProgress()
    expect(progress([layer('a', 'Preparing'), layer('b', 'Layer already exists')])).toEqual({
      kind: 'count',
      label: 'layers',
      done: 1,
      total: 2,
    })
    const label = '1 of 2 layers · kB'
    const pushing = [layer('a', 'Pushing', 2_000_000, 8_000_000), layer('b', 'Layer already exists')]
    expect(progress(pushing)).toEqual({ kind: 'count', label, done: 2_000, total: 8_000 })
    expect(progress([layer('a', 'Pushed'), layer('b', 'Layer already exists')])).toMatchObject({ done: 2, total: 2 })
  })

  it('is reported when the change is visible, not with each chunk', () => {
    const progress = pushProgress()
    const reported = Array.from({ length: 10_001 }, (_, at) =>
      progress([layer('a', 'Pushing', at * 1_000, 10_000_000)]),
    )
    expect(reported.filter((each) => each !== undefined)).toHaveLength(21)
  })

  it('is never more than the whole, whatever the engine reports', () => {
    expect(pushProgress()([layer('a', 'Pushing', 9_000, 5_000)])).toMatchObject({ done: 5, total: 5 })
  })
})
