import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { Expectation, RunOutcome } from '../../src/core/workflow/scenarios.ts'

/** How a run ended, or its state, in words. */
export interface Ending {
  readonly state: RunOutcome | 'running' | 'paused'
  readonly words: string
}

const endings: Readonly<Record<RunOutcome, string>> = {
  svid: 'an SVID',
  denied: 'no identity',
  failed: 'a failure',
  cancelled: 'cancelled',
}

/** How a run ended, or that it is in progress. */
export function endingOf(run: RunState): Ending {
  if (run.outcome === null) {
    const state = run.paused === null ? 'running' : 'paused'
    return { state, words: state }
  }
  const cut = run.denial === null ? '' : `, cut at “${run.denial.gate}”`
  return { state: run.outcome, words: `${endings[run.outcome]}${cut}` }
}

/** Whether a run ended as its scenario must; a run with later additions is not judged by that. */
export const judgementOf = (run: RunState): 'as expected' | 'not as expected' | 'after more was done' | null =>
  run.ok === null ? null : run.ok ? 'as expected' : run.redone ? 'after more was done' : 'not as expected'

/** A scenario's required outcome. */
export const expectedWords = ({ outcome, gate }: Expectation): string =>
  outcome === 'svid' ? 'an SVID' : `no identity, cut at “${gate}”`
