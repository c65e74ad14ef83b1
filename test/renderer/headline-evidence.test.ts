import { describe, expect, it } from 'vitest'
import { headlineOf } from '../../renderer/acts/headline.ts'
import { actsOf } from '../../renderer/state/acts.ts'
import { staledBy } from '../../src/core/workflow/plan.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { recorded } from './recorded.ts'

const act = (run: RunState, id: string) => {
  const found = actsOf(run).find((each) => each.id === id)
  if (found === undefined) throw new Error(`no act ${id}`)
  return found
}
const headline = (run: RunState, id: string): string => headlineOf(run, act(run, id)).headline

describe('a headline follows the evidence', () => {
  it('states every other proof only if it holds', () => {
    const run = recorded('wrong-signer')
    const why = (state: RunState) => headlineOf(state, act(state, 'verify')).why
    expect(why(run)).toContain('cosign refuses it for that reason. Every other check passed.')
    const verification = artifactOf(run, 'verification')
    if (verification === undefined) throw new Error('no verification')
    const with_ = (id: string, verdict: 'failed' | 'could-not-check' | 'not-checked'): RunState => {
      const checks = verification.checks.map((check) => (check.id === id ? { ...check, verdict } : check))
      return { ...run, artifacts: { ...run.artifacts, verification: { ...verification, checks } } }
    }
    expect(why(with_('log', 'failed'))).toContain('Failed too: log.')
    expect(why(with_('log', 'could-not-check'))).toContain('Could not be checked: log.')
    expect(why(with_('log', 'not-checked'))).toContain('Not checked: log.')
    expect(headline(with_('log', 'failed'), 'verify')).toBe('2 checks failed')
  })

  it('takes the reason of a denial from the gate that failed, whatever the scenario', () => {
    const why = (run: RunState) => headlineOf(run, act(run, 'attest')).why
    const run = recorded('tampered')
    expect(why(run)).toContain('the same name and tag as the signed image, but other bytes')
    const launch = { gate: 'launch', expected: 'x', found: 'PidMode is host', remedy: 'x' } as const
    expect(why({ ...run, denial: launch })).toContain('PidMode is host')
    expect(why({ ...recorded('borrowed-image'), denial: run.denial })).not.toContain('program')
  })
})

describe('a step that is done again', () => {
  it('does not count what the session started, and counts what failed', () => {
    const whole = recorded('signed')
    const passed = whole.steps.filter(({ status }) => status.state === 'passed').map(({ id }) => id)
    expect(passed).toEqual(expect.arrayContaining(['spire-server', 'spire-agent']))
    expect(staledBy(whole, 'push')).toEqual(['sign', 'verify', 'register', 'attest'])
    const failed = { state: 'failed', error: { code: 'run.failed', what: 'x', remedy: 'x' } } as const
    const steps = whole.steps.map((step) => (step.id === 'attest' ? { ...step, status: failed } : step))
    expect(staledBy({ ...whole, steps }, 'register')).toEqual(['attest'])
  })
})
