import type { RunState } from '../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { BesideLink } from '../compare/beside-link.tsx'
import { Button } from '../kit/controls/button.tsx'
import { OpenRecording } from './open-recording.tsx'
import '../home/home-view.css'

interface ReplayHomeProps {
  /** The recording that is open. */
  readonly run: RunState
  readonly onBack: () => void
  readonly onWatch: (scenario: ScenarioId) => void
  /** Opens an attack beside the good story. */
  readonly onBeside: (attack: ScenarioId) => void
  readonly onOpen: (file: File) => void
}

/** All shipped recordings, while one of them is open. Nothing can be started from here. */
export function ReplayHome({ run, onBack, onWatch, onBeside, onOpen }: ReplayHomeProps) {
  return (
    <>
      <div className="scenarios-place">
        <table className="scenarios">
          <thead>
            <tr>
              <th scope="col">Recorded scenario</th>
              <th scope="col">
                <span className="hidden">Do</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {scenarioIds.map((id) => (
              <tr key={id}>
                <th scope="row">
                  <span className="scenario-head">
                    <span className="scenario-title">{scenarios[id].title}</span>
                    <span className="scenario-links">
                      {id === 'signed' ? null : <BesideLink id={id} onBeside={onBeside} />}
                    </span>
                  </span>
                  <span className="scenario-changed">{scenarios[id].changed}</span>
                </th>
                <td className="scenario-buttons">
                  {run.scenario === id ? (
                    <Button onPress={onBack}>
                      Back to it<span className="hidden">, {scenarios[id].title}</span>
                    </Button>
                  ) : null}
                  <Button onPress={() => onWatch(id)}>
                    Watch<span className="hidden"> the recording of {scenarios[id].title}</span>
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="scenarios-more">
        <OpenRecording onOpen={onOpen} />
      </p>
    </>
  )
}
