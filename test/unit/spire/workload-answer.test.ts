import { expect, it } from 'vitest'
import { parseWorkloadAnswer } from '../../../src/core/spire/workload-answer.ts'

it('reads a refusal as the workload prints it', () => {
  const line = '{"outcome":"refused","code":"PermissionDenied","text":"no identity issued","elapsedMs":12}'
  expect(parseWorkloadAnswer(line)).toEqual({
    ok: true,
    value: { outcome: 'refused', code: 'PermissionDenied', text: 'no identity issued', elapsedMs: 12 },
  })
})

it.each([
  'panic: runtime error',
  '',
  'null',
  '[]',
  '{"outcome":"svid","spiffeId":"spiffe://demo.test/hello","chain":[],"bundle":["x"],"elapsedMs":1}',
  '{"outcome":"granted"}',
  `{"outcome":"refused","code":"x","text":"${'a'.repeat(3000)}","elapsedMs":1}`,
])('takes %j for no answer', (line) => {
  expect(parseWorkloadAnswer(line)).toMatchObject({ ok: false, error: { code: 'workload.garbage' } })
})
