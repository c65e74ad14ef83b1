import { useEffect, useReducer, useRef } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import { beforeVerdict, outcomeKey } from '../../src/core/workflow/prediction.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import type { TalkView } from '../../src/core/workflow/talk/position.ts'
import { ActView } from '../acts/act-view.tsx'
import { headlineOf } from '../acts/headline.ts'
import type { Actions } from '../app/actions.ts'
import { useShownDepth } from '../app/depth.ts'
import { useTitle } from '../app/manners/use-desktop.ts'
import { useKeys } from '../app/use-keys.ts'
import { Words } from '../app/words.tsx'
import { KeyHelp } from '../dialogs/key-help.tsx'
import { Overview } from '../home/overview.tsx'
import { Button } from '../kit/controls/button.tsx'
import { ReplayMark } from '../kit/facts/replay-mark.tsx'
import { Foreign } from '../kit/text/foreign.tsx'
import { LitValues } from '../kit/text/lit.tsx'
import { useMasking } from '../kit/text/masking.ts'
import { Question, Votes } from '../predict/question.tsx'
import { placeName } from '../profiles/meaning.ts'
import { actsOf } from '../state/acts.ts'
import { keysInTalk, talkKeys } from './keys.ts'
import type { GivenTalk } from './use-talk.ts'
import { useTape } from './use-tapes.ts'
import './talk-window.css'

interface TalkWindowProps {
  readonly talk: GivenTalk
  readonly view: TalkView
  readonly engine: EngineState
  readonly actions: Actions
  readonly now: number
}

/** What the audience sees of a talk: one act at a time, live or recorded, and never a note. */
export function TalkWindow({ talk, view, engine, actions, now }: TalkWindowProps) {
  const { stop, mode } = view
  const depth = useShownDepth(stop?.depth ?? 'story', true)
  const { run: whole, at, unreadable } = useShownRun(talk, view, engine, actions, now)
  const run = whole !== null && view.withholds ? beforeVerdict(whole) : whole
  useTitle([view.title])
  const [keys, toggleKeys] = useReducer((open: boolean) => !open, false)
  useKeys({ ...talkKeys(talk.press, talk.showAt, talk.vote), n: talk.notes, '?': toggleKeys })
  return (
    <LitValues>
      <div
        className="window talk"
        data-run={true}
        data-public={(run?.profile ?? engine.profile).public}
        data-mode={mode}
      >
        <Zoomed view={view}>
          {stop === null || run === null ? (
            <Title view={view} unreadable={unreadable} />
          ) : (
            <PredictedStop
              talk={talk}
              run={run}
              view={view}
              depth={depth}
              at={at}
              actions={mode === 'live' ? actions : null}
            />
          )}
        </Zoomed>
        <TalkFoot view={view} run={run} place={placeName((run ?? engine).profile)} actions={actions} />
        {view.blank ? <div className="talk-blank" role="status" aria-label="The screen is blank" /> : null}
        <Pointer view={view} />
        {keys ? <KeyHelp keys={keysInTalk} onClose={toggleKeys} /> : null}
      </div>
    </LitValues>
  )
}

/** The run that a stop shows, and the time there: of this session, or as it was recorded. */
// oxlint-disable-next-line max-params -- what it is looked for in
function useShownRun(
  talk: GivenTalk,
  { stop, mode, rehearsed, runId }: TalkView,
  engine: EngineState,
  actions: Actions,
  now: number,
) {
  const tape = useTape(
    mode === 'replay' ? (stop?.scenario ?? null) : null,
    rehearsed ? talk.name : null,
    actions.getRecording,
  )
  if (mode === 'live')
    return { run: engine.runs.find((each) => each.runId === runId) ?? null, at: now, unreadable: false }
  if (tape === null || tape === 'none') return { run: null, at: now, unreadable: tape === 'none' }
  // The map grows with the run: a recorded one is shown as it ended.
  const ended = tape.stops.findLast(({ act }) => act === stop?.act && act !== 'map')
  const position = ended?.position ?? tape.length
  return { run: tape.stateAt(position), at: tape.timeAt(position), unreadable: false }
}

function Title({ view, unreadable }: { view: TalkView; unreadable: boolean }) {
  return view.at < 0 ? (
    <>
      <Words headline={view.title} why="A container gets its SVID because of who signed its image." />
      <div className="story">
        <Overview attacks={!view.withholds} />
      </div>
    </>
  ) : (
    <Words {...pending(view, unreadable)} />
  )
}

/** Why a stop has no run to show yet. */
function pending({ mode, runId }: TalkView, unreadable: boolean): { headline: string; why: string } {
  if (unreadable)
    return { headline: 'The recording cannot be shown', why: 'It is missing, or it is not what it should be.' }
  if (mode === 'replay') return { headline: 'One moment', why: 'The recording is being read.' }
  return runId === null
    ? { headline: 'This part has not run live yet', why: 'The next press starts its run.' }
    : { headline: 'One moment', why: 'The run is being started.' }
}

/** The question of a stop that asks; once it is revealed the act, with the votes over it. */
function PredictedStop({ talk, ...props }: StopProps & { readonly talk: GivenTalk }) {
  const { prediction } = props.view
  if (prediction === null) return <Stop {...props} />
  return prediction.revealed ? (
    <>
      <Votes votes={prediction.votes} outcome={outcomeKey(props.run)} />
      <Stop {...props} />
    </>
  ) : (
    <Question votes={prediction.votes} onVote={talk.vote} onReveal={() => talk.press('next')} />
  )
}

interface StopProps {
  readonly run: RunState
  readonly view: TalkView
  readonly depth: 'story' | 'engineer' | 'bytes'
  readonly at: number
  /** Null in a replay: what is shown has happened. */
  readonly actions: Actions | null
}

function Stop({ run, view, depth, at, actions }: StopProps) {
  const act = actsOf(run).find(({ id }) => id === view.stop?.act)
  if (act === undefined) return <Words headline="Not in this run" why="With these services the run has no such act." />
  return (
    <>
      <Words {...headlineOf(run, act)} />
      <ActView
        run={run}
        act={act}
        depth={depth}
        services={[]}
        now={new Date(at).toISOString()}
        onShow={() => undefined}
        onAnswerLogin={
          actions === null ? null : (persona, decision) => actions.answerLogin(run.runId, persona, decision)
        }
        onUseSandbox={null}
      />
    </>
  )
}

/** The stage, at twice its size where the presenter points. */
function Zoomed({ view: { zoomed, pointer }, children }: { view: TalkView; children: React.ReactNode }) {
  const stage = useRef<HTMLElement>(null)
  const { x, y } = pointer ?? { x: 0.5, y: 0.5 }
  useEffect(() => {
    // Set through the object model, which the window's policy allows.
    stage.current?.style.setProperty('transform-origin', `${x * 100}% ${y * 100}%`)
  }, [x, y])
  return (
    <main className="stage" id="stage" ref={stage} data-zoomed={zoomed}>
      {children}
    </main>
  )
}

function Pointer({ view: { pointer, blank } }: { view: TalkView }) {
  if (pointer === null || blank) return null
  return (
    <svg className="talk-pointer" aria-hidden="true">
      <circle cx={`${pointer.x * 100}%`} cy={`${pointer.y * 100}%`} r="1.1rem" />
    </svg>
  )
}

interface TalkFootProps {
  readonly view: TalkView
  readonly run: RunState | null
  readonly place: string
  readonly actions: Actions
}

/** One line: which run, live or recorded, where the talk is; and the question before anything outside changes. */
function TalkFoot({ view, run, place, actions }: TalkFootProps) {
  const [masked] = useMasking()
  const asks = run?.steps.find(({ status }) => status.state === 'waiting')?.id
  return (
    <footer className="talk-foot" data-asks={view.asks !== null}>
      <p className="chip" data-profile={run?.profile.public === true ? 'public' : 'sandbox'}>
        <Foreign text={place} />
      </p>
      {view.mode === 'live' ? (
        <p className="chip talk-live">LIVE</p>
      ) : (
        <p className="chip chip-replay">
          <ReplayMark />
        </p>
      )}
      {masked ? <p className="chip talk-masked">MASKED</p> : null}
      <p className="talk-says" role="status">
        {view.asks === null ? (
          view.stop === null ? null : (
            scenarios[view.stop.scenario].title
          )
        ) : (
          <>
            <strong>Press once more: </strong>
            <Foreign text={view.asks} />
          </>
        )}
      </p>
      {run !== null && view.mode === 'live' && asks === 'consent' ? (
        <>
          <Button grave onPress={() => actions.answerStep(run.runId, 'consent', 'yes')}>
            Publish
          </Button>
          <Button primary onPress={() => actions.answerStep(run.runId, 'consent', 'no')}>
            Do not publish
          </Button>
        </>
      ) : null}
      {view.at < 0 ? null : (
        <p className="talk-place">
          {view.at + 1} of {view.count}
        </p>
      )}
    </footer>
  )
}
