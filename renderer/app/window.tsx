import { useEffect, useState } from 'react'
import type { Pace, RecordingOf, Saved } from '../../src/core/contract/contract.ts'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import { logKey } from '../../src/core/contract/log-tails.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import { assertNever } from '../../src/core/domain/result.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { PersonaId, ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { type StepId, steps } from '../../src/core/workflow/steps.ts'
import { ActView } from '../features/act-view.tsx'
import { HomeView } from '../features/home-view.tsx'
import { LogPanel } from '../features/log-panel.tsx'
import { SetupView, setupHeadline } from '../features/setup-view.tsx'
import { type ActId, actsOf, currentAct, stepOf } from '../state/acts.ts'
import { headlineOf } from '../state/headline.ts'
import { following, type Move, nextMove } from '../state/next-move.ts'
import { ErrorBlock } from '../ui/error-block.tsx'
import { LitValues } from '../ui/lit.tsx'
import { Footer } from './footer.tsx'
import { Header, type Theme } from './header.tsx'
import { Rail } from './rail.tsx'
import { ThreadColumn } from './thread-column.tsx'
import { useNow } from './use-now.ts'
import './window.css'

/** What somebody can ask for in the window. */
export interface Actions {
  readonly start: (scenario: ScenarioId, pace?: Pace) => void
  readonly continueRun: (runId: string, pace: Pace) => void
  readonly redo: (runId: string, step: StepId, pace: Pace) => void
  readonly cancel: (runId: string) => void
  readonly answerLogin: (runId: string, persona: PersonaId, decision: 'allow' | 'deny') => void
  readonly prepareAgain: () => void
  readonly openLog: (runId: string, step: StepId) => void
  readonly reset: () => void
  readonly resume: (runId: string) => void
  readonly cleanUp: () => void
  /** The text of a recording; null when there is none, and then `problem` says why. */
  readonly getRecording: (of: RecordingOf) => Promise<string | null>
  /** Where it was saved; null when it was not, and `problem` says why unless the person chose so. */
  readonly save: (what: Saved) => Promise<string | null>
}

/** Which run and which act are looked at; null follows what is going on. */
export interface Looking {
  readonly runId: string | null
  readonly act: ActId | null
}

interface WindowProps {
  readonly engine: EngineState
  /** Why the last request was refused, or why there is no newer state. */
  readonly problem: AppError | null
  readonly actions: Actions
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  /** Where to begin looking; for tests, and for coming back. */
  readonly begin?: Looking
  /** A fixed time for pictures; else the clock of this machine. */
  readonly at?: number
}

const nowhere: Looking = { runId: null, act: null }

/** The whole window. It holds what is being looked at, and nothing else: everything on it comes from the engine's state. */
export function Window({ engine, problem, actions, theme, onTheme, begin = nowhere, at }: WindowProps) {
  const [looking, setLooking] = useState<Looking>(begin)
  const [threadOpen, setThreadOpen] = useState(false)
  const running = engine.runs.find(({ finishedAt }) => finishedAt === null)
  const now = useNow(at, running !== undefined)
  const runningId = running?.runId ?? null
  // A run that begins takes the stage: somebody has just pressed for it.
  useEffect(() => {
    if (runningId !== null) setLooking({ runId: runningId, act: null })
  }, [runningId])

  const run = engine.runs.find(({ runId }) => runId === looking.runId) ?? null
  const actId = run === null ? null : (looking.act ?? currentAct(run))
  const show = (act: ActId) => run !== null && setLooking({ runId: run.runId, act })
  useStoryKeys(run, actId, show)
  const hides = theme === 'projector' && run !== null
  return (
    <LitValues>
      <div className="window" data-run={run !== null} data-thread={!hides || threadOpen}>
        <Header
          about={engine.about}
          elapsedMs={run === null ? null : elapsed(run, now)}
          theme={theme}
          onTheme={onTheme}
          onHome={() => setLooking(nowhere)}
          thread={hides ? { open: threadOpen, onToggle: () => setThreadOpen(!threadOpen) } : null}
        />
        {run === null || actId === null ? null : <Rail run={run} current={actId} now={now} onShow={show} />}
        <Stage
          engine={engine}
          run={run}
          actId={actId}
          now={now}
          problem={problem}
          actions={actions}
          onLook={setLooking}
        />
        {run === null || (hides && !threadOpen) ? null : <ThreadColumn run={run} onShow={show} />}
        <Bottom engine={engine} run={run} actId={actId} actions={actions} onLook={setLooking} />
      </div>
    </LitValues>
  )
}

const elapsed = (run: RunState, now: number): number =>
  (run.finishedAt === null ? now : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)

interface BottomProps {
  readonly engine: EngineState
  readonly run: RunState | null
  readonly actId: ActId | null
  readonly actions: Actions
  readonly onLook: (looking: Looking) => void
}

/** The footer, and the log over it when it is open. */
function Bottom({ engine, run, actId, actions, onLook }: BottomProps) {
  const [logOpen, setLogOpen] = useState(false)
  const running = engine.runs.find(({ finishedAt }) => finishedAt === null)
  // The map is about all steps: no single command and no single log belongs to it.
  const step = actId === 'map' ? null : actStep(run, actId)
  const log = run === null || step === null ? undefined : engine.logs[logKey(run.runId, step.id)]
  const { openLog } = actions
  const [runId, stepId] = [run?.runId, step?.id]
  useEffect(() => {
    if (logOpen && runId !== undefined && stepId !== undefined) openLog(runId, stepId)
  }, [logOpen, openLog, runId, stepId])
  const onMove = (move: Move) => {
    switch (move.kind) {
      case 'start':
        return actions.start(move.scenario)
      case 'show':
        return onLook({ runId: running?.runId ?? runId ?? null, act: running === undefined ? move.act : null })
      case 'compare':
        return onLook(nowhere)
      case 'prepare':
        return actions.prepareAgain()
      case 'log-in':
        return running === undefined ? undefined : actions.answerLogin(running.runId, move.persona, 'allow')
      default:
        return assertNever(move, 'move')
    }
  }
  return (
    <>
      {logOpen && step !== null ? <LogPanel title={steps[step.id].title.toLowerCase()} log={log ?? noLines} /> : null}
      <Footer
        position={run === null && engine.machine.state !== 'ready' ? 'Set-up' : position(run, actId)}
        atHome={step === null}
        commands={step?.commands ?? []}
        lastLine={log?.lines.at(-1) ?? null}
        logOpen={logOpen}
        onLog={() => setLogOpen(!logOpen)}
        move={nextMove(engine.machine, engine.runs, run, actId)}
        onMove={onMove}
        second={secondButton(run, actId, actions, onLook)}
      />
    </>
  )
}

function secondButton(run: RunState | null, actId: ActId | null, actions: Actions, onLook: (looking: Looking) => void) {
  if (run === null || actId === null) return null
  if (run.finishedAt === null) return { label: 'Cancel the run', onPress: () => actions.cancel(run.runId) }
  const back = following(run, actId, -1)
  return back === null ? null : { label: 'Back', onPress: () => onLook({ runId: run.runId, act: back.id }) }
}

const noLines = { from: 0, lines: [] }

interface StageProps {
  readonly engine: EngineState
  readonly run: RunState | null
  readonly actId: ActId | null
  readonly now: number
  readonly problem: AppError | null
  readonly actions: Actions
  readonly onLook: (looking: Looking) => void
}

/** The centre: one act, or all scenarios. */
function Stage({ engine, run, actId, now, problem, actions, onLook }: StageProps) {
  const act = run === null ? undefined : actsOf(run).find(({ id }) => id === actId)
  const words = run === null || act === undefined ? setupHeadline(engine.machine, engine.setup) : headlineOf(run, act)
  return (
    <main className="stage" id="stage">
      <div className="stage-words" role="status">
        <h1>{words.headline}</h1>
        <p className="stage-why">{words.why}</p>
      </div>
      {problem === null ? null : (
        <div role="alert" className="stage-problem">
          <p>{problem.what}</p>
          <ErrorBlock error={problem} />
        </div>
      )}
      {run === null || act === undefined ? (
        <>
          {engine.machine.state === 'ready' || engine.runs.length > 0 ? (
            <HomeView
              runs={engine.runs}
              ready={engine.machine.state === 'ready' && engine.runs.every(({ finishedAt }) => finishedAt !== null)}
              onStart={actions.start}
              onOpen={(runId) => onLook({ runId, act: 'attest' })}
            />
          ) : null}
          {engine.machine.state === 'ready' ? null : <SetupView machine={engine.machine} rows={engine.setup} />}
        </>
      ) : (
        <ActView
          run={run}
          act={act}
          now={new Date(now).toISOString()}
          onShow={(id) => onLook({ runId: run.runId, act: id })}
          onAnswerLogin={(persona, decision) => actions.answerLogin(run.runId, persona, decision)}
        />
      )}
    </main>
  )
}

function actStep(run: RunState | null, actId: ActId | null) {
  const act = run === null ? undefined : actsOf(run).find(({ id }) => id === actId)
  return run === null || act === undefined ? null : stepOf(run, act)
}

function position(run: RunState | null, actId: ActId | null): string {
  if (run === null) return 'All scenarios'
  if (run.finishedAt !== null && actId !== null && following(run, actId, 1) === null) {
    if (run.outcome === 'cancelled') return 'Cancelled'
    if (run.outcome === 'failed') return 'Failed'
    const word = run.outcome === 'svid' ? 'Story complete' : 'Refused'
    return run.ok === true ? `${word}, as expected` : `${word}, which was not expected`
  }
  if (actId === 'map') return 'Trust map'
  const acts = actsOf(run)
  const at = acts.findIndex(({ id }) => id === actId)
  const step = run.steps.findIndex(({ id }) => id === acts[at]?.step)
  return `Step ${step + 1} of ${run.steps.length}`
}

/** Page up and page down turn the pages, as clickers do; they never start anything. */
function useStoryKeys(run: RunState | null, actId: ActId | null, show: (act: ActId) => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (run === null || actId === null || event.defaultPrevented) return
      const by = event.key === 'PageDown' ? 1 : event.key === 'PageUp' ? -1 : null
      const target = by === null ? null : following(run, actId, by)
      if (target === null) return
      event.preventDefault()
      show(target.id)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}
