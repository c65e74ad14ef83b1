import type { EngineState } from '../../src/core/contract/engine-state.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { Foreign } from '../kit/text/foreign.tsx'
import { type Looking, nowhere } from '../state/looking.ts'

interface ReplayLiveProps {
  readonly engine: EngineState
  /** Whether the program was ready when the recording was opened. */
  readonly wasReady: boolean
  readonly onGoTo: (looking: Looking) => void
}

/** What happens in the program while a recording is shown; it never takes the viewer away. */
export function ReplayLive({ engine, wasReady, onGoTo }: ReplayLiveProps) {
  const says = liveWords(engine, wasReady)
  return (
    <p className="replay-live" role="status">
      {says === null ? null : (
        <>
          <Foreign text={says.text} />
          {says.press === null ? null : (
            <button type="button" className="link" onClick={() => onGoTo(says.to)}>
              {says.press}
            </button>
          )}
        </>
      )}
    </p>
  )
}

interface LiveWords {
  readonly text: string
  /** Leads there; null if there is nothing to open. */
  readonly press: string | null
  readonly to: Looking
}

function liveWords({ machine, setup, runs }: EngineState, wasReady: boolean): LiveWords | null {
  const to = nowhere
  const running = runs.find(({ finishedAt }) => finishedAt === null)
  if (running !== undefined) {
    const { scenario, runId } = running
    return { text: `A run is under way: ${scenarios[scenario].title}.`, press: 'Go to it', to: { runId, act: null } }
  }
  switch (machine.state) {
    case 'preparing': {
      const ready = setup.filter(({ state }) => state === 'ready').length
      return { text: `Setup: ${ready} of ${setup.length} programs ready.`, press: null, to }
    }
    case 'failed':
      return { text: `Setup: ${machine.error.what}`, press: 'Go to it', to }
    case 'stopping':
      return { text: 'The program is stopping.', press: null, to }
    case 'ready':
      return wasReady ? null : { text: 'This machine is ready.', press: 'Run the story here', to }
    default:
      return null
  }
}
