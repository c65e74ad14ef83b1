import { useEffect, useRef, useState } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { type ActId, currentAct } from '../state/acts.ts'
import { type Looking, nowhere } from '../state/looking.ts'
import { LitBar, LitValues } from '../ui/lit.tsx'
import type { Actions } from './actions.ts'
import { Beside } from './beside.tsx'
import { Bottom } from './bottom.tsx'
import { Header, type Theme } from './header.tsx'
import { Rail } from './rail.tsx'
import { ReplayWindow } from './replay-window.tsx'
import { RunFoot } from './run-foot.tsx'
import { Stage } from './stage.tsx'
import { ThreadColumn } from './thread-column.tsx'
import { useNow } from './use-now.ts'
import { type Replay, useReplay } from './use-replay.ts'
import { useStoryKeys } from './use-story-keys.ts'
import './window.css'

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

/** The whole window: over the engine, or over a recording that is open; the engine is followed in both. */
export function Window(props: WindowProps) {
  const { engine, theme, onTheme, begin = nowhere } = props
  // Kept while a recording is looked at, so that coming back leads to where one was.
  const [looking, setLooking] = useState<Looking>(begin)
  const replay = useReplay(props.actions.getRecording)
  const runningId = engine.runs.find(({ finishedAt }) => finishedAt === null)?.runId ?? null
  const newestId = engine.runs.at(-1)?.runId ?? null
  const seen = useRef(newestId)
  // A run that begins takes the stage, also one that has failed by the time it is told of: somebody has just pressed for it.
  useEffect(() => {
    const begun = newestId === seen.current ? runningId : newestId
    seen.current = newestId
    if (begun !== null) setLooking((was) => (was.beside === undefined ? { runId: begun, act: null } : was))
  }, [runningId, newestId])
  if (replay.open !== null) {
    return <ReplayWindow replay={replay} open={replay.open} engine={engine} theme={theme} onTheme={onTheme} />
  }
  return <LiveWindow {...props} replay={replay} looking={looking} onLook={setLooking} />
}

interface LiveWindowProps extends WindowProps {
  readonly replay: Replay
  readonly looking: Looking
  readonly onLook: (looking: Looking) => void
}

/** The window over the engine: everything on it comes from the engine's state. */
function LiveWindow(props: LiveWindowProps) {
  const { engine, problem, actions, theme, onTheme, at, replay, looking, onLook } = props
  const [threadOpen, setThreadOpen] = useState(false)
  const running = engine.runs.find(({ finishedAt }) => finishedAt === null)
  const now = useNow(at, running !== undefined)

  const run = engine.runs.find(({ runId }) => runId === looking.runId) ?? null
  const actId = run === null ? null : (looking.act ?? currentAct(run))
  const show = (act: ActId) => run !== null && onLook({ runId: run.runId, act })
  useStoryKeys(run, actId, show)
  const hides = theme === 'projector' && run !== null
  return (
    <LitValues>
      <div
        className="window"
        data-run={run !== null}
        data-beside={looking.beside !== undefined}
        data-thread={!hides || threadOpen}
      >
        <Header
          about={engine.about}
          services={engine.services}
          onService={run === null ? null : ({ step }) => show(step)}
          elapsedMs={run === null ? null : elapsed(run, now)}
          theme={theme}
          onTheme={onTheme}
          onHome={() => onLook(nowhere)}
          thread={hides ? { open: threadOpen, onToggle: () => setThreadOpen(!threadOpen) } : null}
        />
        {looking.beside === undefined ? null : (
          <Beside
            engine={engine}
            attack={looking.beside}
            now={now}
            problem={problem}
            actions={actions}
            onLook={onLook}
          />
        )}
        {run === null || actId === null ? null : (
          <Rail
            run={run}
            current={actId}
            now={now}
            onShow={show}
            foot={<RunFoot run={run} replay={replay} onSave={actions.save} />}
          />
        )}
        {looking.beside === undefined ? (
          <Stage
            engine={engine}
            run={run}
            actId={actId}
            now={now}
            problem={replay.problem ?? problem}
            actions={actions}
            replay={replay}
            onLook={onLook}
          />
        ) : null}
        {run === null || (hides && !threadOpen) ? null : <ThreadColumn run={run} onShow={show} />}
        <LitBar />
        {looking.beside === undefined ? (
          <Bottom engine={engine} run={run} actId={actId} actions={actions} replay={replay} onLook={onLook} />
        ) : null}
      </div>
    </LitValues>
  )
}

const elapsed = (run: RunState, now: number): number =>
  (run.finishedAt === null ? now : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)
