import { useState } from 'react'
import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { hidesThread, keysOfDepth, useShownDepth } from '../app/depth.ts'
import { Header, type Theme } from '../app/frame/header.tsx'
import { useTitle } from '../app/manners/use-desktop.ts'
import { useKeys } from '../app/use-keys.ts'
import { LitBar, LitValues } from '../kit/text/lit.tsx'
import { actsOf } from '../state/acts.ts'
import type { Looking } from '../state/looking.ts'
import { ReplayBeside } from './beside.tsx'
import { ReplayLive } from './live.tsx'
import { actOf } from './player.ts'
import { ReplayStory } from './story.tsx'
import type { OpenReplay, Replay } from './use-replay.ts'

interface ReplayWindowProps {
  readonly replay: Replay
  readonly open: OpenReplay
  /** The program itself, which continues meanwhile. */
  readonly engine: EngineState
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly depth: Depth
  readonly onDepth: (depth: Depth) => void
  /** Leaves the recording for the live program. */
  readonly onGoTo: (looking: Looking) => void
}

/**
 * The window over a recording: the same header, rail, acts and thread as over the engine, at a place of the recording
 * and at its time. It makes no request to the engine except for another recording.
 */
export function ReplayWindow({ replay, open, engine, theme, onTheme, depth, onDepth, onGoTo }: ReplayWindowProps) {
  const { tape, player, beside, onMove, onOpen } = open
  const [wasReady] = useState(engine.machine.state === 'ready')
  const [threadOpen, setThreadOpen] = useState(false)
  const run = tape.stateAt(player.position)
  const actId = actOf(player, tape)
  const act = actsOf(run).find(({ id }) => id === actId)
  const atHome = player.home || act === undefined
  const wide = atHome || beside !== null
  const shownDepth = useShownDepth(depth, !wide)
  const hides = !wide && hidesThread(theme, shownDepth)
  const turn = (by: 1 | -1) => (beside === null ? () => onMove({ kind: 'step', by }) : undefined)
  useTitle([`${scenarios[run.scenario].title}, replay`])
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
    ...(wide ? {} : keysOfDepth(onDepth)),
  })
  return (
    <LitValues>
      <div
        className="window"
        data-run={!wide}
        data-beside={beside !== null}
        data-thread={!hides || threadOpen}
        data-public={run.profile.public}
      >
        <Header
          about={engine.about}
          profile={run.profile}
          services={[]}
          onService={null}
          // The bar below shows the recording's time.
          elapsedMs={null}
          theme={theme}
          onTheme={onTheme}
          onHome={home}
          depth={wide ? null : { depth, onDepth }}
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
          <ReplayStory
            replay={replay}
            open={open}
            act={atHome ? null : act}
            depth={shownDepth}
            thread={!hides || threadOpen}
            live={<ReplayLive engine={engine} wasReady={wasReady} onGoTo={onGoTo} />}
          />
        )}
        <LitBar />
      </div>
    </LitValues>
  )
}
