import { useState } from 'react'
import type { EngineState } from '../../../src/core/contract/engine-state.ts'
import { logKey } from '../../../src/core/contract/log-tails.ts'
import { assertNever } from '../../../src/core/domain/result.ts'
import { stepOfAct } from '../../../src/core/workflow/acts.ts'
import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'
import type { Replay } from '../../replay/use-replay.ts'
import { type ActId, actsOf, stepOf } from '../../state/acts.ts'
import { type Looking, nowhere } from '../../state/looking.ts'
import { following, type Move, nextMove } from '../../state/next-move.ts'
import { judgementOf } from '../../state/outcomes.ts'
import type { Actions } from '../actions.ts'
import { StepLog } from '../step-log.tsx'
import { useKeys } from '../use-keys.ts'
import { Footer, type OtherButton } from './footer.tsx'

interface BottomProps {
  readonly engine: EngineState
  readonly run: RunState | null
  readonly actId: ActId | null
  readonly actions: Actions
  readonly replay: Replay
  /** A question about this run's verdict is open: the run is shown as if it was under way. */
  readonly asks: boolean
  readonly onLook: (looking: Looking) => void
}

/** The footer, and the log over it when it is open. */
export function Bottom({ engine, run, actId, actions, replay, asks, onLook }: BottomProps) {
  const [logOpen, setLogOpen] = useState(false)
  const running = engine.runs.find(({ finishedAt }) => finishedAt === null)
  const withheld = asks && actId !== null && stepOfAct(actId) === 'attest'
  // The map covers all steps: no single command or log belongs to it. While the question is open, the log would answer it.
  const step = actId === 'map' || withheld ? null : actStep(run, actId)
  const log = run === null || step === null ? undefined : engine.logs[logKey(run.runId, step.id)]
  const runId = run?.runId
  useKeys({ l: step === null ? undefined : () => setLogOpen(!logOpen) })
  const onMove = (move: Move) => {
    switch (move.kind) {
      case 'start':
        return actions.start(move.scenario)
      case 'show':
        return onLook({ runId: running?.runId ?? runId ?? null, act: running === undefined ? move.act : null })
      case 'start-both':
        return undefined
      case 'continue':
        return actions.continueRun(move.runId, move.before, 'step')
      case 'resume':
        return actions.resume(move.runId)
      case 'clean-up':
        return actions.cleanUp()
      case 'compare':
        return onLook(nowhere)
      case 'watch':
        return replay.watch({ kind: 'shipped', scenario: move.scenario })
      case 'prepare':
        return actions.prepareAgain()
      case 'answer':
        return actions.answerStep(move.runId, move.step, move.answer)
      case 'log-in':
        return running === undefined ? undefined : actions.answerLogin(running.runId, move.persona, 'allow')
      default:
        return assertNever(move, 'move')
    }
  }
  return (
    <>
      {logOpen && run !== null && step !== null ? (
        <StepLog runId={run.runId} step={step.id} log={log} actions={actions} onClose={() => setLogOpen(false)} />
      ) : null}
      <Footer
        scenario={run === null ? undefined : scenarios[run.scenario].title}
        position={run === null ? placeOf(engine.machine.state) : position(run, actId)}
        step={
          step === null
            ? null
            : {
                commands: step.commands,
                lastLine: log?.lines.at(-1) ?? null,
                logOpen,
                onLog: () => setLogOpen(!logOpen),
              }
        }
        move={nextMove(engine, { run, act: actId })}
        onMove={onMove}
        others={asks ? [] : otherButtons(engine, run, actId, actions, onLook)}
        asks={run !== null && isAsked(run, actId) ? `${run.runId}/${actId}` : null}
      />
    </>
  )
}

// oxlint-disable-next-line max-params -- what the footer knows
function otherButtons(
  engine: EngineState,
  run: RunState | null,
  actId: ActId | null,
  actions: Actions,
  onLook: (looking: Looking) => void,
): readonly OtherButton[] {
  if (run === null || actId === null) {
    const move = nextMove(engine, { run, act: actId })
    const talk = { label: 'Give a talk', onPress: () => onLook({ ...nowhere, talks: true }) }
    return engine.machine.state === 'stopping'
      ? []
      : move?.kind === 'start'
        ? [talk, { label: 'Step by step', onPress: () => actions.start(move.scenario, 'step') }]
        : [talk]
  }
  if (run.finishedAt === null) {
    if (isAsked(run, actId))
      return [{ label: 'Publish', grave: true, onPress: () => actions.answerStep(run.runId, 'consent', 'yes') }]
    const cancel = { label: 'Cancel the run', onPress: () => actions.cancel(run.runId) }
    const { runId, paused } = run
    return paused === null
      ? [cancel]
      : [cancel, { label: 'Run the rest', onPress: () => actions.continueRun(runId, paused, 'all') }]
  }
  const back = following(run, actId, -1)
  return back === null ? [] : [{ label: 'Back', onPress: () => onLook({ runId: run.runId, act: back.id }) }]
}

/** Whether this page asks a person what may become public. */
const isAsked = (run: RunState, actId: ActId | null): boolean =>
  actId === 'consent' && run.steps.some(({ id, status }) => id === 'consent' && status.state === 'waiting')

function actStep(run: RunState | null, actId: ActId | null) {
  const act = run === null ? undefined : actsOf(run).find(({ id }) => id === actId)
  return run === null || act === undefined ? null : stepOf(run, act)
}

const placeOf = (state: EngineState['machine']['state']): string =>
  state === 'ready' ? 'All scenarios' : state === 'stopping' ? 'Stopping' : 'Setup'

function position(run: RunState, actId: ActId | null): string {
  if (run.finishedAt !== null && actId !== null && following(run, actId, 1) === null) {
    if (run.outcome === 'cancelled') return 'Cancelled'
    if (run.outcome === 'failed') return 'Failed'
    const word = run.outcome === 'svid' ? 'Story complete' : 'Refused'
    return `${word}, ${judgementOf(run) ?? ''}`
  }
  if (actId === 'map') return 'Trust map'
  const acts = actsOf(run)
  const at = acts.findIndex(({ id }) => id === actId)
  const step = run.steps.findIndex(({ id }) => id === acts[at]?.step)
  return `Step ${step + 1} of ${run.steps.length}`
}
