import { useMemo, useState } from 'react'
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
import { termsBeside, termsOf } from '../state/terms.ts'
import { LitBar, LitValues } from '../ui/lit.tsx'
import { Header, type Theme } from './header.tsx'
import { PageLine } from './page-line.tsx'
import { Problem } from './problem.tsx'
import { Rail } from './rail.tsx'
import { ReplayBeside } from './replay-beside.tsx'
import { ReplayBottom } from './replay-bottom.tsx'
import { ThreadColumn } from './thread-column.tsx'
import { useKeys } from './use-keys.ts'
import type { OpenReplay, Replay } from './use-replay.ts'
import { Words } from './words.tsx'

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
  const { tape, player, beside, onMove, onOpen } = open
  const [wasReady] = useState(engine.machine.state === 'ready')
  const [threadOpen, setThreadOpen] = useState(false)
  const run = tape.stateAt(player.position)
  const actId = actOf(player, tape)
  const act = actsOf(run).find(({ id }) => id === actId)
  const now = clockOf(player, tape)
  const about = useMemo(() => ({ ...engine.about, profile: run.profile }), [engine.about, run.profile])
  const look = (id: ActId) => onMove({ kind: 'look', act: id })
  const watch = (scenario: ScenarioId) => replay.watch({ kind: 'shipped', scenario })
  const atHome = player.home || act === undefined
  const wide = atHome || beside !== null
  const hides = theme === 'projector' && !wide
  const turn = (by: 1 | -1) => (beside === null ? () => onMove({ kind: 'step', by }) : undefined)
  const home = () => onMove({ kind: 'home' })
  const toggleThread = () => setThreadOpen(!threadOpen)
  useKeys({
    PageDown: turn(1),
    ArrowRight: turn(1),
    PageUp: turn(-1),
    ArrowLeft: turn(-1),
    ' ': beside === null ? () => onMove({ kind: player.playing ? 'pause' : 'play' }) : undefined,
    h: home,
    t: hides ? toggleThread : undefined,
  })
  const words = atHome ? homeWords : wordsOf(run, act)
  const terms = atHome ? [] : termsOf(act.id)
  return (
    <LitValues>
      <div className="window" data-run={!wide} data-beside={beside !== null} data-thread={!hides || threadOpen}>
        <Header
          about={about}
          services={[]}
          onService={null}
          // The bar below tells where in its time the recording is.
          elapsedMs={null}
          theme={theme}
          onTheme={onTheme}
          onHome={home}
          thread={hides ? { open: threadOpen, onToggle: toggleThread } : null}
          replay={{ ...tape.recording, onLeave: replay.leave }}
        />
        {beside !== null ? (
          <ReplayBeside
            good={beside}
            attack={tape}
            onChoose={replay.compare}
            onOpen={onOpen}
            onHome={home}
            onLeave={replay.leave}
          />
        ) : (
          <>
            {atHome ? null : <Rail run={run} current={actId} now={now} onShow={look} />}
            <main className="stage" id="stage">
              <Words {...words} terms={terms} />
              <Problem problem={replay.problem ?? (player.position === tape.length ? tape.recording.missing : null)} />
              {atHome ? (
                <ReplayHome
                  run={run}
                  onBack={() => look(actId)}
                  onWatch={watch}
                  onBeside={replay.compare}
                  onOpen={replay.openFile}
                />
              ) : (
                <>
                  <ActView
                    run={run}
                    act={act}
                    services={[]}
                    now={new Date(now).toISOString()}
                    onShow={look}
                    onAnswerLogin={null}
                  />
                  <PageLine of={termsBeside(words.why, terms)} />
                </>
              )}
            </main>
            {atHome || (hides && !threadOpen) ? null : <ThreadColumn run={run} onShow={look} />}
            <ReplayBottom replay={replay} open={open} act={atHome ? null : act} onWatch={watch} />
            <ReplayBar
              tape={tape}
              player={player}
              onMove={onMove}
              live={<ReplayLive engine={engine} wasReady={wasReady} onGoTo={onGoTo} />}
            />
          </>
        )}
        <LitBar />
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
