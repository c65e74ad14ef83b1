import { useEffect, useMemo, useState } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { ActView } from '../features/act-view.tsx'
import { ReplayBar } from '../features/replay-bar.tsx'
import { ReplayHome } from '../features/replay-home.tsx'
import { ReplayLive } from '../features/replay-live.tsx'
import { type Act, type ActId, actsOf, stepOf } from '../state/acts.ts'
import { type Headline, headlineOf } from '../state/headline.ts'
import type { Looking } from '../state/looking.ts'
import { actOf, clockOf } from '../state/player.ts'
import { LitBar, LitText, LitValues } from '../ui/lit.tsx'
import { Header, type Theme } from './header.tsx'
import { Problem } from './problem.tsx'
import { Rail } from './rail.tsx'
import { ReplayBottom } from './replay-bottom.tsx'
import { ThreadColumn } from './thread-column.tsx'
import type { OpenReplay, Replay } from './use-replay.ts'

interface ReplayWindowProps {
  readonly replay: Replay
  readonly open: OpenReplay
  /** The program itself, which goes on meanwhile. */
  readonly engine: EngineState
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  /** Leaves the recording for what goes on in the program. */
  readonly onGoTo: (looking: Looking) => void
}

/**
 * The window over a recording: the same header, rail, acts and thread as over the engine, at a place of the recording
 * and at its time. Nothing on it asks the engine for anything, except for another recording.
 */
export function ReplayWindow({ replay, open, engine, theme, onTheme, onGoTo }: ReplayWindowProps) {
  const { tape, player, onMove } = open
  const [wasReady] = useState(engine.machine.state === 'ready')
  const [threadOpen, setThreadOpen] = useState(false)
  const run = tape.stateAt(player.position)
  const actId = actOf(player, tape)
  const act = actsOf(run).find(({ id }) => id === actId)
  const now = clockOf(player, tape)
  const about = useMemo(() => ({ ...engine.about, profile: run.profile }), [engine.about, run.profile])
  const look = (id: ActId) => onMove({ kind: 'look', act: id })
  const watch = (scenario: ScenarioId) => replay.watch({ kind: 'shipped', scenario })
  useReplayKeys(open)
  const atHome = player.home || act === undefined
  const hides = theme === 'projector' && !atHome
  return (
    <LitValues>
      <div className="window" data-run={!atHome} data-thread={!hides || threadOpen}>
        <Header
          about={about}
          services={[]}
          onService={null}
          elapsedMs={atHome ? null : now - tape.timeAt(1)}
          theme={theme}
          onTheme={onTheme}
          onHome={() => onMove({ kind: 'home' })}
          thread={hides ? { open: threadOpen, onToggle: () => setThreadOpen(!threadOpen) } : null}
          replay={{ ...tape.recording, onLeave: replay.leave }}
        />
        {atHome ? null : <Rail run={run} current={actId} now={now} onShow={look} />}
        <main className="stage" id="stage">
          <Words {...(atHome ? homeWords : wordsOf(run, act))} />
          <Problem problem={replay.problem ?? (player.position === tape.length ? tape.recording.missing : null)} />
          {atHome ? (
            <ReplayHome run={run} onBack={() => look(actId)} onWatch={watch} onOpen={replay.openFile} />
          ) : (
            <ActView
              run={run}
              act={act}
              services={[]}
              now={new Date(now).toISOString()}
              onShow={look}
              onAnswerLogin={null}
            />
          )}
        </main>
        {atHome || (hides && !threadOpen) ? null : <ThreadColumn run={run} onShow={look} />}
        <LitBar />
        <ReplayBottom replay={replay} open={open} act={atHome ? null : act} onWatch={watch} />
        <ReplayBar
          tape={tape}
          player={player}
          onMove={onMove}
          live={<ReplayLive engine={engine} wasReady={wasReady} onGoTo={onGoTo} />}
        />
      </div>
    </LitValues>
  )
}

const homeWords = {
  headline: 'Recorded runs',
  why: 'Each was made by this program, with every tool real. Nothing runs while you watch, and nothing is asked of the network.',
}

/** As over the engine, but nobody is asked to log in. */
const wordsOf = (run: RunState, act: Act): Headline =>
  act.id === 'sign' && stepOf(run, act).status.state === 'waiting'
    ? { headline: 'Who signs?', why: 'cosign has opened the login, and waits. Fulcio will vouch for whoever logs in.' }
    : headlineOf(run, act)

function Words({ headline, why }: Headline) {
  return (
    <div className="stage-words" role="status">
      <h1>
        <LitText text={headline} />
      </h1>
      <p className="stage-why">
        <LitText text={why} />
      </p>
    </div>
  )
}

/** Page up and page down turn the pages, as over the engine; the space bar plays and stops. */
function useReplayKeys({ player, onMove }: OpenReplay) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const free = event.target === document.body || event.target === document.documentElement
      if (event.key === 'PageDown') onMove({ kind: 'step', by: 1 })
      else if (event.key === 'PageUp') onMove({ kind: 'step', by: -1 })
      else if (event.key === ' ' && free) onMove({ kind: player.playing ? 'pause' : 'play' })
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}
