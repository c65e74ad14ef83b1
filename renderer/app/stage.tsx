import { useEffect, useRef } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import { outcomeKey } from '../../src/core/workflow/prediction.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { ActView } from '../acts/act-view.tsx'
import { headlineOf, termsOf } from '../acts/headline.ts'
import { Redo } from '../dialogs/redo.tsx'
import { Home } from '../home/home.tsx'
import { Outside } from '../home/outside.tsx'
import { setupHeadline } from '../home/setup-view.tsx'
import { Question, Votes } from '../predict/question.tsx'
import type { Predicting } from '../predict/use-prediction.ts'
import type { Replay } from '../replay/use-replay.ts'
import { type ActId, actsOf } from '../state/acts.ts'
import { canRedo } from '../state/again.ts'
import type { Looking } from '../state/looking.ts'
import { following } from '../state/next-move.ts'
import { termsBeside } from '../state/terms.ts'
import type { Actions } from './actions.ts'
import { PageLine } from './page-line.tsx'
import { Problem } from './problem.tsx'
import { Words } from './words.tsx'

interface StageProps {
  readonly engine: EngineState
  readonly run: RunState | null
  readonly actId: ActId | null
  readonly now: number
  readonly problem: AppError | null
  readonly actions: Actions
  readonly replay: Replay
  readonly depth: Depth
  readonly predicting: Predicting
  readonly onLook: (looking: Looking) => void
}

/** The centre: one act, or all scenarios. */
export function Stage({ engine, run, actId, now, problem, actions, replay, depth, predicting, onLook }: StageProps) {
  const stage = useRef<HTMLElement>(null)
  const runId = run?.runId
  // A new page begins at its headline. At large text the whole window scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page that is looked at is what it waits for
  useEffect(() => {
    stage.current?.scrollTo(0, 0)
    window.scrollTo(0, 0)
  }, [runId, actId])
  const act = run === null ? undefined : actsOf(run).find(({ id }) => id === actId)
  const prediction = predictionAt(predicting, run, act?.id)
  if (prediction?.revealed === false)
    return (
      <main className="stage" id="stage" ref={stage}>
        <Question votes={prediction.votes} onVote={predicting.vote} onReveal={predicting.reveal} />
      </main>
    )
  const words =
    run === null || act === undefined
      ? setupHeadline(engine.machine, engine.setup, engine.leftovers)
      : headlineOf(run, act)
  const terms = termsOf(act?.id ?? 'home')
  return (
    <main className="stage" id="stage" ref={stage}>
      <Words {...words} terms={terms} />
      <Problem problem={problem} />
      {prediction === null ? null : <Votes votes={prediction.votes} outcome={prediction.outcome} />}
      {run === null || act === undefined ? (
        <Home engine={engine} actions={actions} replay={replay} onLook={onLook} />
      ) : (
        <>
          <ActView
            run={run}
            act={act}
            depth={depth}
            services={engine.services}
            now={new Date(now).toISOString()}
            onShow={(id) => onLook({ runId: run.runId, act: id })}
            onAnswerLogin={(persona, decision) => actions.answerLogin(run.runId, persona, decision)}
            onUseSandbox={() => actions.useSandboxInstead(run.runId)}
          />
          <StoryEnd run={run} act={act.id} depth={depth} connections={actions.connections} />
          <PageLine of={termsBeside(words.why, terms)}>
            {engine.machine.state === 'ready' && act.id !== 'map' && canRedo(run, act.step) ? (
              <Redo
                key={`${run.runId}/${act.id}`}
                run={run}
                step={act.step}
                onRedo={(pace) => actions.redo(run.runId, act.step, pace)}
              />
            ) : null}
          </PageLine>
        </>
      )}
    </main>
  )
}

/** The question of this page, or its answer; null where none was asked. */
function predictionAt({ asked }: Predicting, run: RunState | null, act: ActId | undefined) {
  if (run === null || act !== 'attest' || asked?.runId !== run.runId) return null
  return { ...asked, outcome: outcomeKey(run) }
}

interface StoryEndProps {
  readonly run: RunState
  readonly act: ActId
  readonly depth: Depth
  readonly connections: Actions['connections']
}

/** What is said at the end of a story in the sandbox. */
function StoryEnd({ run, act, depth, connections }: StoryEndProps) {
  if (depth !== 'engineer' || run.profile.kind !== 'sandbox') return null
  return run.finishedAt !== null && following(run, act, 1) === null ? <Outside connections={connections} /> : null
}
