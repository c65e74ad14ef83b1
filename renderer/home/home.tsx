import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { Actions } from '../app/actions.ts'
import { Reset } from '../dialogs/reset.tsx'
import { StoppingView } from '../dialogs/stopping-view.tsx'
import { visible } from '../kit/text/text.ts'
import { profileMeans } from '../profiles/meaning.ts'
import { ReplayOffer } from '../replay/offer.tsx'
import type { Replay } from '../replay/use-replay.ts'
import { type Looking, nowhere } from '../state/looking.ts'
import { HomeView } from './home-view.tsx'
import { Leftovers } from './leftovers.tsx'
import { Outside } from './outside.tsx'
import { Overview } from './overview.tsx'
import { SetupView } from './setup-view.tsx'

interface HomeProps {
  readonly engine: EngineState
  readonly actions: Actions
  readonly replay: Replay
  readonly onLook: (looking: Looking) => void
}

/** The page without a run: setup, the state after a crash, all scenarios, or the shutdown. */
export function Home({ engine, actions, replay, onLook }: HomeProps) {
  const { machine, leftovers, runs, setup } = engine
  if (machine.state === 'stopping') return <StoppingView runs={runs} services={engine.services} />
  const ready = machine.state === 'ready'
  // A changed program was replaced; the user of this machine has to know all the same.
  const rejected = setup.filter(({ state }) => state === 'failed')
  const watch = (scenario: ScenarioId) => replay.watch({ kind: 'shipped', scenario })
  const idle = ready && leftovers === null && runs.every(({ finishedAt }) => finishedAt !== null)
  return (
    <>
      {machine.state === 'failed' ? <SetupView machine={machine} rows={setup} /> : null}
      {leftovers === null || !ready ? null : (
        <Leftovers leftovers={leftovers} onResume={actions.resume} onCleanUp={actions.cleanUp} />
      )}
      {ready ? (
        <p className="home-with">
          <span>
            Environment: <strong>{visible(engine.profile.title)}</strong>. {profileMeans(engine.profile)}
          </span>
          <button type="button" className="link" onClick={() => onLook({ ...nowhere, services: true })}>
            Choose an environment
          </button>
        </p>
      ) : null}
      {ready && leftovers === null ? <Begin engine={engine} connections={actions.connections} /> : null}
      {ready || runs.length > 0 ? (
        <HomeView
          profile={engine.profile}
          runs={runs}
          ready={idle}
          onStart={actions.start}
          onBeside={(beside) => onLook({ ...nowhere, beside })}
          onOpen={(runId) => onLook({ runId, act: 'attest' })}
          onWatch={watch}
          onOpenFile={replay.openFile}
        />
      ) : (
        <ReplayOffer
          says={
            machine.state === 'failed'
              ? 'Runs that were recorded can be watched all the same: they need no program and no network.'
              : 'Meanwhile, watch a run that was recorded with every program real.'
          }
          onWatch={watch}
          onOpen={replay.openFile}
        />
      )}
      {ready && runs.length > 0 ? <Reset onReset={actions.reset} /> : null}
      {ready || machine.state === 'failed' ? null : <SetupView machine={machine} rows={setup} />}
      {ready && rejected.length > 0 ? <SetupView machine={machine} rows={rejected} /> : null}
    </>
  )
}

/** What there is to see, and in the sandbox what was measured of its promise. */
const Begin = ({ engine, connections }: { engine: EngineState; connections: Actions['connections'] }) => (
  <>
    {engine.profile.kind === 'sandbox' ? <Outside connections={connections} /> : null}
    <Overview />
  </>
)
