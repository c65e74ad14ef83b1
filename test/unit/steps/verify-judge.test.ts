import { describe, expect, it } from 'vitest'
import type { Check, Verdict } from '../../../src/core/domain/verdict.ts'
import { judge } from '../../../src/core/steps/verify/judge.ts'

const check = (id: string, verdict: Verdict): Check => ({
  id,
  verdict,
  expected: `E ${id}`,
  found: `F ${id}`,
  remedy: `R ${id}`,
})

describe('the judgement of a signature', () => {
  it('is nothing when every check passed', () => {
    expect(judge([check('cosign', 'passed'), check('log', 'passed')])).toBeUndefined()
  })

  it('is a refusal that names the signer before what follows from it', () => {
    expect(judge([check('cosign', 'failed'), check('signer', 'failed')])).toEqual({
      kind: 'refused',
      denial: { gate: 'signer', expected: 'E signer', found: 'F signer', remedy: 'R signer' },
    })
  })

  it('is a refusal when something is not present', () => {
    expect(judge([check('sct', 'not-present')])).toMatchObject({ kind: 'refused', denial: { found: 'F sct' } })
  })

  it('is a failure, not a refusal, when something could not be checked, whatever else failed', () => {
    expect(judge([check('signer', 'failed'), check('cosign', 'could-not-check')])).toMatchObject({
      kind: 'failed',
      error: { code: 'sigstore.could-not-verify', found: 'F cosign', remedy: 'R cosign' },
    })
  })

  it('is a failure when nothing was checked at all', () => {
    expect(judge([])).toMatchObject({ kind: 'failed', error: { code: 'sigstore.nothing-checked' } })
  })
})
