import { useState } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import { logKey } from '../../src/core/contract/log-tails.ts'
import type { ActId } from '../../src/core/workflow/acts.ts'
import { beforeVerdict, withVote } from '../../src/core/workflow/prediction.ts'
import { keysOfVotes } from './keys.ts'

/** The question about a run's verdict, and the votes. */
export interface Prediction {
  readonly runId: string
  readonly votes: readonly number[]
  readonly revealed: boolean
}

/** The question of the window, outside a talk: at most one run has it. */
export interface Predicting {
  readonly asked: Prediction | null
  readonly pose: (runId: string) => void
  readonly vote: (answer: number | null) => void
  readonly reveal: () => void
}

/** Poses the question, counts, and reveals. */
export function usePrediction(): Predicting {
  const [asked, setAsked] = useState<Prediction | null>(null)
  return {
    asked,
    pose: (runId) => setAsked({ runId, votes: [], revealed: false }),
    vote: (answer) =>
      setAsked((now) =>
        now === null || now.revealed
          ? now
          : { ...now, votes: answer === null ? now.votes.slice(0, -1) : withVote(now.votes, answer) },
      ),
    reveal: () => setAsked((now) => (now === null ? null : { ...now, revealed: true })),
  }
}

/** The keys of the question: P poses and reveals, digits vote. */
// oxlint-disable-next-line max-params -- what the page shows
export function keysToPredict(
  { asked, pose, vote, reveal }: Predicting,
  runId: string | null,
  act: ActId | null,
  onAsk: () => void,
): Readonly<Record<string, () => void>> {
  if (runId === null) return {}
  const asks = asked !== null && !asked.revealed && asked.runId === runId
  const predict = () => {
    if (asks) reveal()
    else pose(runId)
    onAsk()
  }
  return { p: predict, ...(asks && act === 'attest' ? keysOfVotes(vote) : {}) }
}

/** The engine's state as it may be shown: nothing of a verdict with an open question, also not in the tools' words. */
export function withoutVerdict(engine: EngineState, asked: Prediction | null): EngineState {
  if (asked === null || asked.revealed) return engine
  const { [logKey(asked.runId, 'attest')]: _, ...logs } = engine.logs
  return { ...engine, logs, runs: engine.runs.map((run) => (run.runId === asked.runId ? beforeVerdict(run) : run)) }
}
