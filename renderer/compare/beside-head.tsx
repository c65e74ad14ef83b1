import type { RunState } from '../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { Words } from '../app/words.tsx'
import { besideHeadline, pairsOf, partingOf } from './rows.ts'

interface BesideHeadProps {
  readonly attack: ScenarioId
  readonly good: RunState | null
  readonly bad: RunState | null
  readonly onChoose: (attack: ScenarioId) => void
}

/** What the good story and an attack show together, and which attack it is. */
export function BesideHead({ attack, good, bad, onChoose }: BesideHeadProps) {
  return (
    <div className="beside-top">
      <Words {...besideHeadline(attack, good, bad, partingOf(pairsOf(good, bad)))} />
      <nav className="beside-choice" aria-label="Attack">
        {scenarioIds
          .filter((id) => id !== 'signed')
          .map((id) => (
            <button
              key={id}
              type="button"
              className="beside-attack"
              aria-current={id === attack ? 'true' : undefined}
              onClick={() => onChoose(id)}
            >
              {scenarios[id].title}
            </button>
          ))}
      </nav>
    </div>
  )
}
