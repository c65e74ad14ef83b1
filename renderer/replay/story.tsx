import type { ReactNode } from 'react'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { ActView } from '../acts/act-view.tsx'
import { headlineOf, termsOf } from '../acts/headline.ts'
import { Rail } from '../app/frame/rail.tsx'
import { ThreadColumn } from '../app/frame/thread-column.tsx'
import { PageLine } from '../app/page-line.tsx'
import { Problem } from '../app/problem.tsx'
import { Words } from '../app/words.tsx'
import { type Act, type ActId, stepOf } from '../state/acts.ts'
import { termsBeside } from '../state/terms.ts'
import type { Headline } from '../state/words.ts'
import { ReplayBar } from './bar.tsx'
import { ReplayBottom } from './bottom.tsx'
import { ReplayHome } from './home.tsx'
import { actOf, clockOf } from './player.ts'
import type { OpenReplay, Replay } from './use-replay.ts'

interface ReplayStoryProps {
  readonly replay: Replay
  readonly open: OpenReplay
  /** The page that is shown; null for all recordings. */
  readonly act: Act | null
  readonly depth: Depth
  /** Whether the thread is shown beside it. */
  readonly thread: boolean
  /** What happens in the program meanwhile. */
  readonly live: ReactNode
}

/** One recording: its steps, one act, its thread, and the replay controls. Without an act: all recordings. */
export function ReplayStory({ replay, open, act, depth, thread, live }: ReplayStoryProps) {
  const { tape, player, onMove } = open
  const run = tape.stateAt(player.position)
  const actId = actOf(player, tape)
  const now = clockOf(player, tape)
  const look = (id: ActId) => onMove({ kind: 'look', act: id })
  const watch = (scenario: ScenarioId) => replay.watch({ kind: 'shipped', scenario })
  const words = act === null ? homeWords : wordsOf(run, act)
  const terms = act === null ? [] : termsOf(act.id)
  return (
    <>
      {act === null ? null : <Rail run={run} current={actId} now={now} onShow={look} />}
      <main className="stage" id="stage">
        <Words {...words} terms={terms} />
        <Problem problem={replay.problem ?? (player.position === tape.length ? tape.recording.missing : null)} />
        {act === null ? (
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
              depth={depth}
              services={[]}
              now={new Date(now).toISOString()}
              onShow={look}
              onAnswerLogin={null}
              onUseSandbox={null}
            />
            <PageLine of={termsBeside(words.why, terms)} />
          </>
        )}
      </main>
      {act === null || !thread ? null : <ThreadColumn run={run} onShow={look} />}
      <ReplayBottom replay={replay} open={open} act={act} onWatch={watch} />
      <ReplayBar tape={tape} player={player} onMove={onMove} live={live} />
    </>
  )
}

const homeWords = {
  headline: 'Recorded runs',
  why: 'Each was made by this program, with every tool real. Nothing runs while you watch, and nothing is asked of the network.',
}

/** As over the engine, but without a login. */
const wordsOf = (run: RunState, act: Act): Headline =>
  act.id === 'sign' && run.profile.kind === 'sandbox' && stepOf(run, act).status.state === 'waiting'
    ? {
        headline: 'Who signs?',
        why: 'cosign has opened the login page and waits. Fulcio will certify the person who logs in.',
      }
    : headlineOf(run, act)
