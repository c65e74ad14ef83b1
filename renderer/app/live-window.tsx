import { useState } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { Beside } from '../compare/beside.tsx'
import { LitBar, LitValues } from '../kit/text/lit.tsx'
import { keysToPredict, type Predicting, usePrediction, withoutVerdict } from '../predict/use-prediction.ts'
import { Services } from '../profiles/services.tsx'
import { type Profiles } from '../profiles/use-profiles.ts'
import { type Replay } from '../replay/use-replay.ts'
import { type ActId, currentAct } from '../state/acts.ts'
import { type Looking, nowhere } from '../state/looking.ts'
import { following } from '../state/next-move.ts'
import { TalksPage } from '../talk/talks-page.tsx'
import { type GivenTalk } from '../talk/use-talk.ts'
import { type Talks } from '../talk/use-talks.ts'
import type { Actions } from './actions.ts'
import { hidesThread, keysOfDepth, useShownDepth } from './depth.ts'
import { Header, type Theme } from './frame/header.tsx'
import { useTitle } from './manners/use-desktop.ts'
import { Story } from './story.tsx'
import { useKeys } from './use-keys.ts'
import { useNow } from './use-now.ts'

/** What the window is given. */
export interface WindowProps {
  readonly engine: EngineState
  /** Why the last request was refused, or why there is no newer state. */
  readonly problem: AppError | null
  readonly actions: Actions
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  /** The first page to show; for tests, and to return to a place. */
  readonly begin?: Looking
  /** The depth to begin with instead of the kept one; for tests. */
  readonly beginDepth?: Depth
  /** A fixed time for screenshots; else this machine's clock. */
  readonly at?: number
}

/** What it shows, and what it keeps beyond it. */
export interface LiveWindowProps extends WindowProps {
  readonly replay: Replay
  readonly profiles: Profiles
  readonly talks: Talks
  readonly talk: GivenTalk
  readonly depth: Depth
  readonly onDepth: (depth: Depth) => void
  readonly looking: Looking
  readonly onLook: (looking: Looking) => void
}

/** The window over the engine: everything in it comes from the engine's state. */
export function LiveWindow(props: LiveWindowProps) {
  const { actions, theme, onTheme, depth, onDepth, at, replay, looking, onLook } = props
  const predicting = usePrediction()
  const engine = withoutVerdict(props.engine, predicting.asked)
  const [threadOpen, setThreadOpen] = useState(false)
  const running = engine.runs.find(({ finishedAt }) => finishedAt === null)
  const now = useNow(at, running !== undefined)
  const run = engine.runs.find(({ runId }) => runId === looking.runId) ?? null
  const actId = run === null ? null : (looking.act ?? currentAct(run))
  const show = (act: ActId) => run !== null && onLook({ runId: run.runId, act })
  const shownDepth = useShownDepth(depth, run !== null)
  const hides = run !== null && hidesThread(theme, shownDepth)
  const turn = (by: 1 | -1) => () => {
    const page = run === null || actId === null ? null : following(run, actId, by)
    if (page !== null) show(page.id)
  }
  useTitle(run === null ? [] : [runTitle(run)])
  const home = () => onLook(nowhere)
  const toggleThread = () => setThreadOpen(!threadOpen)
  useKeys({
    PageDown: turn(1),
    ArrowRight: turn(1),
    PageUp: turn(-1),
    ArrowLeft: turn(-1),
    h: home,
    F5: run === null ? () => onLook({ ...nowhere, talks: true }) : undefined,
    ...keysToPredict(predicting, run?.runId ?? null, actId, () => show('attest')),
    t: hides ? toggleThread : undefined,
    ...(run === null ? {} : keysOfDepth(onDepth)),
  })
  const shared = { engine, problem: replay.problem ?? props.problem, actions, now, onLook }
  return (
    <LitValues>
      <div
        className="window"
        data-run={run !== null}
        data-beside={looking.beside !== undefined}
        data-thread={!hides || threadOpen}
        data-public={engine.profile.public}
      >
        <Header
          about={engine.about}
          profile={engine.profile}
          services={engine.services}
          onService={run === null ? null : ({ step }) => show(step)}
          elapsedMs={run === null ? null : elapsed(run, now)}
          theme={theme}
          onTheme={onTheme}
          onHome={home}
          depth={run === null ? null : { depth, onDepth }}
          thread={hides ? { open: threadOpen, onToggle: toggleThread } : null}
        />
        <LivePage
          {...props}
          {...shared}
          run={run}
          actId={actId}
          shownDepth={shownDepth}
          thread={!hides || threadOpen}
          predicting={predicting}
          onShow={show}
        />
        <LitBar />
      </div>
    </LitValues>
  )
}

interface LivePageProps extends LiveWindowProps {
  readonly run: RunState | null
  readonly actId: ActId | null
  readonly shownDepth: Depth
  readonly thread: boolean
  readonly now: number
  readonly predicting: Predicting
  readonly onShow: (act: ActId) => void
}

/** One page of it: a run, all scenarios, two runs side by side, the services, or the talks. */
function LivePage(props: LivePageProps) {
  const { engine, problem, actions, now, looking, onLook, talks, talk, profiles } = props
  const { replay, run, actId, shownDepth, thread, predicting, onShow } = props
  const shared = { engine, problem, actions, now, onLook }
  return looking.talks === true ? (
    <TalksPage
      talks={talks}
      talk={talk}
      ready={engine.machine.state === 'ready'}
      problem={talk.problem}
      onHome={() => onLook(nowhere)}
    />
  ) : looking.services === true ? (
    <Services engine={engine} profiles={profiles} onLook={onLook} />
  ) : looking.beside === undefined ? (
    <Story
      {...shared}
      replay={replay}
      run={run}
      actId={actId}
      depth={shownDepth}
      thread={thread}
      onShow={onShow}
      predicting={predicting}
    />
  ) : (
    <Beside {...shared} attack={looking.beside} />
  )
}

/** `Signed, running`. */
const runTitle = (run: RunState): string => {
  const { title } = scenarios[run.scenario]
  return `${title}, ${run.finishedAt === null ? 'running' : run.outcome}`
}

const elapsed = (run: RunState, now: number): number =>
  (run.finishedAt === null ? now : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)
