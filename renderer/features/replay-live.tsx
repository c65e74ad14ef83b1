import type { EngineState } from '../../src/core/contract/engine-state.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'

interface ReplayLiveProps {
  readonly engine: EngineState
  /** Whether the program was ready when the recording was opened. */
  readonly wasReady: boolean
  readonly onLeave: () => void
}

/** What goes on in the program while a recording is watched; it never takes the viewer away. */
export function ReplayLive({ engine, wasReady, onLeave }: ReplayLiveProps) {
  const says = liveWords(engine, wasReady)
  return (
    <p className="replay-live" role="status">
      {says === null ? null : (
        <>
          {says.text}
          {says.press === null ? null : (
            <button type="button" className="link" onClick={onLeave}>
              {says.press}
            </button>
          )}
        </>
      )}
    </p>
  )
}

function liveWords(
  { machine, setup, runs }: EngineState,
  wasReady: boolean,
): { text: string; press: string | null } | null {
  const running = runs.find(({ finishedAt }) => finishedAt === null)
  if (running !== undefined)
    return { text: `A run is under way: ${scenarios[running.scenario].title}.`, press: 'Go to it' }
  switch (machine.state) {
    case 'preparing': {
      const ready = setup.filter(({ state }) => state === 'ready').length
      return { text: `Set-up: ${ready} of ${setup.length} programs ready.`, press: null }
    }
    case 'failed':
      return { text: `Set-up: ${machine.error.what}`, press: 'Go to it' }
    case 'stopping':
      return { text: 'The program is stopping.', press: null }
    case 'ready':
      return wasReady ? null : { text: 'This machine is ready.', press: 'Run the story here' }
    default:
      return null
  }
}
