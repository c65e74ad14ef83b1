import { describe, expect, it } from 'vitest'
import { answers, beforeVerdict, mostVotes, outcomeKey, withVote } from '../../../src/core/workflow/prediction.ts'
import { scenarioIds, scenarios } from '../../../src/core/workflow/scenarios.ts'
import { recorded } from '../../renderer/recorded.ts'

describe('a prediction', () => {
  it.each(scenarioIds)('%s has its answer from what happened', (id) => {
    const key = outcomeKey(recorded(id))
    const name = answers.find((answer) => answer.key === key)?.name
    const { gate } = scenarios[id].expected
    expect(name?.toLowerCase()).toBe(gate ?? 'gets its svid')
  })

  it.each(scenarioIds)('before its verdict %s has nothing of it', (id) => {
    const run = beforeVerdict(recorded(id))
    expect(outcomeKey(run)).toBeNull()
    expect(run).toMatchObject({ outcome: null, ok: null, denial: null, finishedAt: null })
    const attest = run.steps.find((step) => step.id === 'attest')
    expect(attest).toMatchObject({ status: { state: 'running' }, gates: [], notes: [], commands: [] })
    const after = run.steps.slice(run.steps.findIndex((step) => step.id === 'attest'))
    expect(JSON.stringify([after, run.artifacts])).not.toMatch(/"refused"|workloadAnswer|"svid"/)
  })

  it('is not changed by a run that has not come to its attestation', () => {
    const early = recorded('signed', (event) => event.type === 'step.passed' && event.step === 'build')
    expect(beforeVerdict(early)).toBe(early)
    expect(outcomeKey(early)).toBeNull()
  })

  it('counts votes for what is an answer, and not without end', () => {
    expect(withVote([1], 0)).toEqual([1, 0])
    for (const none of [8, -1, 1.5, Number.NaN]) expect(withVote([1], none)).toEqual([1])
    const full = Array.from({ length: mostVotes }, () => 3)
    expect(withVote(full, 3)).toBe(full)
  })
})
