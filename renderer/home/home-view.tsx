import type { Profile } from '../../src/core/workflow/profile.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { BesideLink } from '../compare/beside-link.tsx'
import { Button } from '../kit/controls/button.tsx'
import { Knot, type KnotShape } from '../kit/digest/knot.tsx'
import { seconds } from '../kit/text/text.ts'
import { notWith } from '../profiles/meaning.ts'
import { OpenRecording } from '../replay/open-recording.tsx'
import { type Ending, endingOf, expectedWords, judgementOf } from '../state/outcomes.ts'
import './home-view.css'

interface HomeViewProps {
  readonly profile: Profile
  readonly runs: readonly RunState[]
  /** Whether a run can be started now. */
  readonly ready: boolean
  readonly onStart: (scenario: ScenarioId) => void
  readonly onOpen: (runId: string) => void
  /** Opens an attack beside the good story. */
  readonly onBeside: (scenario: ScenarioId) => void
  readonly onWatch: (scenario: ScenarioId) => void
  readonly onOpenFile: (file: File) => void
}

/** All scenarios: what is changed in each, the required outcome, and the actual outcome. */
export function HomeView({ profile, runs, ready, onStart, onOpen, onBeside, onWatch, onOpenFile }: HomeViewProps) {
  return (
    <>
      <div className="scenarios-place">
        <table className="scenarios">
          <thead>
            <tr>
              <th scope="col">Scenario</th>
              <th scope="col">Must end with</th>
              <th scope="col">Ended with</th>
              <th scope="col">
                <span className="hidden">Do</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {scenarioIds.map((id) => (
              <ScenarioRow
                key={id}
                id={id}
                profile={profile}
                run={runs.findLast(({ scenario }) => scenario === id)}
                ready={ready}
                onStart={onStart}
                onOpen={onOpen}
                onBeside={onBeside}
                onWatch={onWatch}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className="scenarios-more">
        <OpenRecording onOpen={onOpenFile} />
      </p>
    </>
  )
}

interface ScenarioRowProps extends Omit<HomeViewProps, 'runs' | 'onOpenFile'> {
  readonly id: ScenarioId
  readonly run: RunState | undefined
}

function ScenarioRow({ id, profile, run, ready, onStart, onOpen, onBeside, onWatch }: ScenarioRowProps) {
  const { title, changed, expected } = scenarios[id]
  const impossible = notWith(id, profile)
  return (
    <tr>
      <th scope="row">
        <span className="scenario-head">
          <span className="scenario-title">{title}</span>
          <span className="scenario-links">
            {id === 'signed' ? null : <BesideLink id={id} onBeside={onBeside} />}
            <button type="button" className="link scenario-watch" onClick={() => onWatch(id)}>
              Watch a recording<span className="hidden"> of {title}</span>
            </button>
          </span>
        </span>
        <span className="scenario-changed">{changed}</span>
        {impossible === null ? null : <span className="scenario-not">{impossible}</span>}
      </th>
      <td data-label="must end with">{expectedWords(expected)}</td>
      <td data-label="ended with">
        <OutcomeWords run={run} possible={impossible === null} />
      </td>
      <td className="scenario-buttons">
        {run === undefined ? null : (
          <Button onPress={() => onOpen(run.runId)}>
            Open<span className="hidden"> {title}</span>
          </Button>
        )}
        {ready && impossible === null ? (
          <Button onPress={() => onStart(id)}>
            {run === undefined ? 'Run' : 'Run again'}
            <span className="hidden">: {title}</span>
          </Button>
        ) : null}
      </td>
    </tr>
  )
}

const shapes: Readonly<Record<Ending['state'], KnotShape>> = {
  svid: 'passed',
  denied: 'cut',
  failed: 'attention',
  cancelled: 'absent',
  running: 'current',
  paused: 'attention',
}

function OutcomeWords({ run, possible }: { run: RunState | undefined; possible: boolean }) {
  if (run === undefined) {
    return (
      <span className="outcome quiet">
        <Knot shape="absent" /> {possible ? 'not run yet' : 'not possible'}
      </span>
    )
  }
  const { state, words } = endingOf(run)
  const judgement = judgementOf(run)
  const took = seconds(Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt))
  return (
    <span className="outcome" data-outcome={state}>
      <Knot shape={shapes[state]} />
      <span>
        {words}
        {judgement === null ? null : (
          <span className="outcome-more">
            {judgement}, {took}
          </span>
        )}
      </span>
    </span>
  )
}
