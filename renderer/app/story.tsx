import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { Predicting } from '../predict/use-prediction.ts'
import type { Replay } from '../replay/use-replay.ts'
import type { ActId } from '../state/acts.ts'
import type { Looking } from '../state/looking.ts'
import type { Actions } from './actions.ts'
import { Bottom } from './frame/bottom.tsx'
import { Rail } from './frame/rail.tsx'
import { RunFoot } from './frame/run-foot.tsx'
import { ThreadColumn } from './frame/thread-column.tsx'
import { Stage } from './stage.tsx'

interface StoryProps {
  readonly engine: EngineState
  /** Which run is shown, and which act of it; null for all scenarios. */
  readonly run: RunState | null
  readonly actId: ActId | null
  /** Whether the thread is shown beside it. */
  readonly thread: boolean
  readonly now: number
  readonly problem: AppError | null
  readonly actions: Actions
  readonly replay: Replay
  readonly depth: Depth
  readonly onShow: (act: ActId) => void
  readonly predicting: Predicting
  readonly onLook: (looking: Looking) => void
}

/** One run: its steps, one act, its thread, and the footer. Without a run: all scenarios. */
export function Story({
  engine,
  run,
  actId,
  thread,
  now,
  problem,
  actions,
  replay,
  depth,
  onShow,
  predicting,
  onLook,
}: StoryProps) {
  const shared = { engine, run, actId, actions, replay, onLook }
  return (
    <>
      {run === null || actId === null ? null : (
        <Rail
          run={run}
          current={actId}
          now={now}
          onShow={onShow}
          foot={<RunFoot run={run} replay={replay} onSave={actions.save} />}
        />
      )}
      <Stage {...shared} predicting={predicting} depth={depth} now={now} problem={problem} />
      {run === null || !thread ? null : <ThreadColumn run={run} onShow={onShow} />}
      <Bottom {...shared} asks={predicting.asked?.revealed === false && predicting.asked.runId === run?.runId} />
    </>
  )
}
