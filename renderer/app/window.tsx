import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import type { TalkView } from '../../src/core/workflow/talk/position.ts'
import { Beside } from '../compare/beside.tsx'
import { Searchable } from '../find/page-find.tsx'
import { LitBar, LitValues } from '../kit/text/lit.tsx'
import { ZonedTimes } from '../kit/text/zone.tsx'
import { Services } from '../profiles/services.tsx'
import { isChanged, type Profiles, useProfiles } from '../profiles/use-profiles.ts'
import { type Replay, useReplay } from '../replay/use-replay.ts'
import { ReplayWindow } from '../replay/window.tsx'
import { type ActId, currentAct } from '../state/acts.ts'
import { type Looking, nowhere } from '../state/looking.ts'
import { following } from '../state/next-move.ts'
import { TalkWindow } from '../talk/talk-window.tsx'
import { TalksPage } from '../talk/talks-page.tsx'
import { type GivenTalk, useTalk } from '../talk/use-talk.ts'
import { isTalkChanged, type Talks, useTalks } from '../talk/use-talks.ts'
import type { Actions } from './actions.ts'
import { hidesThread, keysOfDepth, useDepth, useShownDepth } from './depth.ts'
import { Header, type Theme } from './frame/header.tsx'
import { useEscape, useGivenFiles, useHeld, useTitle } from './manners/use-desktop.ts'
import { Story } from './story.tsx'
import { useKeys } from './use-keys.ts'
import { useNow } from './use-now.ts'
import './window.css'

interface WindowProps {
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

/** The whole window: over the engine, or over an open recording; it follows the engine in both. */
export function Window(props: WindowProps) {
  const { engine, theme, onTheme, begin = nowhere } = props
  // Kept while a recording is shown, so that returning leads back to the same place.
  const [looking, setLooking] = useState<Looking>(begin)
  const [depth, onDepth] = useDepth(props.beginDepth)
  const replay = useReplay(props.actions.getRecording)
  // Kept as well: opening another page does not lose a profile that is being written.
  const profiles = useProfiles(props.actions.profiles)
  const talks = useTalks(props.actions.talks)
  const talk = useTalk()
  useHeld({
    profile: profiles.editing !== null && isChanged(profiles.editing),
    talk: talks.editing !== null && isTalkChanged(talks.editing),
    recording: replay.open !== null,
  })
  useGivenFiles(replay)
  useEscape()
  const runningId = engine.runs.find(({ finishedAt }) => finishedAt === null)?.runId ?? null
  const newestId = engine.runs.at(-1)?.runId ?? null
  const seen = useRef(newestId)
  // A new run is shown at once, even if it has failed by the time it is reported: a person has just pressed for it.
  useEffect(() => {
    const begun = newestId === seen.current ? runningId : newestId
    seen.current = newestId
    if (begun !== null) setLooking((was) => (was.beside === undefined ? { runId: begun, act: null } : was))
  }, [runningId, newestId])
  if (talk.view !== null) {
    return (
      <Shell>
        <GivenTalkWindow {...props} talk={talk} view={talk.view} />
      </Shell>
    )
  }
  if (replay.open !== null) {
    const goTo = (to: Looking) => {
      setLooking(to)
      replay.leave()
    }
    return (
      <Shell>
        <ReplayWindow
          replay={replay}
          open={replay.open}
          engine={engine}
          theme={theme}
          onTheme={onTheme}
          depth={depth}
          onDepth={onDepth}
          onGoTo={goTo}
        />
      </Shell>
    )
  }
  // While everything stops, only that is shown.
  const stops = engine.machine.state === 'stopping'
  // Opening another page dismisses a refusal.
  const look = (to: Looking) => {
    props.actions.dismiss()
    setLooking(to)
  }
  return (
    <Shell>
      <LiveWindow
        {...props}
        depth={depth}
        onDepth={onDepth}
        replay={replay}
        profiles={profiles}
        talks={talks}
        talk={talk}
        looking={stops ? nowhere : looking}
        onLook={look}
      />
    </Shell>
  )
}

/** What surrounds every page: its search, and the zone of its times. */
const Shell = ({ children }: { children: ReactNode }) => (
  <Searchable>
    <ZonedTimes>{children}</ZonedTimes>
  </Searchable>
)

interface LiveWindowProps extends WindowProps {
  readonly replay: Replay
  readonly profiles: Profiles
  readonly talks: Talks
  readonly talk: GivenTalk
  readonly depth: Depth
  readonly onDepth: (depth: Depth) => void
  readonly looking: Looking
  readonly onLook: (looking: Looking) => void
}

/** A talk that is being given takes the whole window; the position is the main process's. */
function GivenTalkWindow({ engine, actions, at, talk, view }: WindowProps & { talk: GivenTalk; view: TalkView }) {
  const now = useNow(at, true)
  return <TalkWindow talk={talk} view={view} engine={engine} actions={actions} now={now} />
}

/** The window over the engine: everything in it comes from the engine's state. */
function LiveWindow(props: LiveWindowProps) {
  const { engine, actions, theme, onTheme, depth, onDepth, at, replay, profiles, talks, talk, looking, onLook } = props
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
        {looking.talks === true ? (
          <TalksPage
            talks={talks}
            talk={talk}
            ready={engine.machine.state === 'ready'}
            problem={talk.problem}
            onHome={home}
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
            thread={!hides || threadOpen}
            onShow={show}
          />
        ) : (
          <Beside {...shared} attack={looking.beside} />
        )}
        <LitBar />
      </div>
    </LitValues>
  )
}

/** `Signed, running`. */
const runTitle = (run: RunState): string => {
  const { title } = scenarios[run.scenario]
  return `${title}, ${run.finishedAt === null ? 'running' : run.outcome}`
}

const elapsed = (run: RunState, now: number): number =>
  (run.finishedAt === null ? now : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)
