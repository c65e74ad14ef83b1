import { useEffect, useRef } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { ActView } from '../features/act-view.tsx'
import { HomeView } from '../features/home-view.tsx'
import { ReplayOffer } from '../features/replay-offer.tsx'
import { SetupView, setupHeadline } from '../features/setup-view.tsx'
import { type ActId, actsOf } from '../state/acts.ts'
import { headlineOf } from '../state/headline.ts'
import { type Looking, nowhere } from '../state/looking.ts'
import { LitText } from '../ui/lit.tsx'
import type { Actions } from './actions.ts'
import { Problem } from './problem.tsx'
import type { Replay } from './use-replay.ts'

interface StageProps {
  readonly engine: EngineState
  readonly run: RunState | null
  readonly actId: ActId | null
  readonly now: number
  readonly problem: AppError | null
  readonly actions: Actions
  readonly replay: Replay
  readonly onLook: (looking: Looking) => void
}

/** The centre: one act, or all scenarios. */
export function Stage({ engine, run, actId, now, problem, actions, replay, onLook }: StageProps) {
  const stage = useRef<HTMLElement>(null)
  const runId = run?.runId
  // Another page begins at its headline. At large text it is the whole window that scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page that is looked at is what it waits for
  useEffect(() => {
    stage.current?.scrollTo(0, 0)
    window.scrollTo(0, 0)
  }, [runId, actId])
  const act = run === null ? undefined : actsOf(run).find(({ id }) => id === actId)
  const words = run === null || act === undefined ? setupHeadline(engine.machine, engine.setup) : headlineOf(run, act)
  const watch = (scenario: ScenarioId) => replay.watch({ kind: 'shipped', scenario })
  return (
    <main className="stage" id="stage" ref={stage}>
      <div className="stage-words" role="status">
        <h1>
          <LitText text={words.headline} />
        </h1>
        <p className="stage-why">
          <LitText text={words.why} />
        </p>
      </div>
      <Problem problem={problem} />
      {run === null || act === undefined ? (
        <>
          {engine.machine.state === 'ready' || engine.runs.length > 0 ? (
            <HomeView
              runs={engine.runs}
              ready={engine.machine.state === 'ready' && engine.runs.every(({ finishedAt }) => finishedAt !== null)}
              onStart={actions.start}
              onBeside={(beside) => onLook({ ...nowhere, beside })}
              onOpen={(runId) => onLook({ runId, act: 'attest' })}
              onWatch={watch}
              onOpenFile={replay.openFile}
            />
          ) : (
            <ReplayOffer
              says={
                engine.machine.state === 'failed'
                  ? 'Runs that were recorded can be watched all the same: they need no program and no network.'
                  : 'Meanwhile, watch a run that was recorded with every program real.'
              }
              onWatch={watch}
              onOpen={replay.openFile}
            />
          )}
          {engine.machine.state === 'ready' ? null : <SetupView machine={engine.machine} rows={engine.setup} />}
        </>
      ) : (
        <ActView
          run={run}
          act={act}
          services={engine.services}
          now={new Date(now).toISOString()}
          onShow={(id) => onLook({ runId: run.runId, act: id })}
          onAnswerLogin={(persona, decision) => actions.answerLogin(run.runId, persona, decision)}
        />
      )}
    </main>
  )
}
