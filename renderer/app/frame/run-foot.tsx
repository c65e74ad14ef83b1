import { useState } from 'react'
import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { visible } from '../../kit/text/text.ts'
import type { Replay } from '../../replay/use-replay.ts'
import type { Actions } from '../actions.ts'

interface RunFootProps {
  readonly run: RunState
  readonly replay: Replay
  readonly onSave: Actions['save']
}

/** What can be done with a run that has ended: watch it again, or keep it. */
export function RunFoot({ run, replay, onSave }: RunFootProps) {
  const [saved, setSaved] = useState<string | null>(null)
  if (run.finishedAt === null) return null
  const { runId } = run
  return (
    <div className="rail-foot">
      <button type="button" className="link" onClick={() => replay.watch({ kind: 'run', runId })}>
        Watch this run again
      </button>
      <button
        type="button"
        className="link"
        onClick={() => void onSave({ kind: 'recording', runId }).then((path) => setSaved(path))}
      >
        Save recording
      </button>
      <p className="small quiet" role="status">
        {saved === null ? '' : `Saved: ${visible(saved)}`}
      </p>
    </div>
  )
}
