import { gateIds, gateTable } from '../domain/gate.ts'
import { artifactOf, type RunState, type StepView } from './reducer.ts'

// Before a verdict an audience can be asked at which gate it falls. Pure.

/** The answers by key: 0 is an SVID, 1 to 7 the gate that denies. */
export const answers = [
  { key: 0, name: 'Gets its SVID', asks: 'every gate lets it through' },
  ...gateIds.map((id, at) => ({ key: at + 1, name: gateTable[id].name, asks: gateTable[id].question })),
] as const

/** The most votes that are counted: a key that is held down ends there. */
export const mostVotes = 999

/** The votes after one more; an answer that there is not changes nothing. */
export const withVote = (votes: readonly number[], key: number): readonly number[] =>
  votes.length < mostVotes && answers.some((answer) => answer.key === key) ? [...votes, key] : votes

/** The key of the true answer; null while nothing is decided, or where that could not be checked. */
export function outcomeKey(run: RunState): number | null {
  const attestation = artifactOf(run, 'attestation')
  if (attestation === undefined) return null
  if (attestation.svid !== null) return 0
  const gate = (run.denial ?? attestation.denial)?.gate
  return gate === undefined ? null : gateIds.indexOf(gate) + 1
}

/**
 * The run as it stood before its verdict, so that no part of a page can give it away: the attestation is under way, and
 * nothing after it has begun.
 */
export function beforeVerdict(run: RunState): RunState {
  const from = run.steps.findIndex(({ id }) => id === 'attest')
  if (from < 0 || run.steps[from]?.startedAt === null) return run
  const { attestation: _, ...artifacts } = run.artifacts
  const steps = run.steps.map((step, at): StepView => {
    if (at < from) return step
    const fresh = { ...step, commands: [], notes: [], gates: [], endedAt: null }
    return at === from
      ? { ...fresh, status: { state: 'running', progress: null } }
      : { ...fresh, startedAt: null, status: { state: 'ready' } }
  })
  return {
    ...run,
    artifacts,
    steps,
    finishedAt: null,
    paused: null,
    outcome: null,
    ok: null,
    denial: null,
    error: null,
  }
}
