import type { Leftovers as Left } from '../../src/core/contract/changes.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { steps } from '../../src/core/workflow/steps.ts'
import { Button } from '../kit/controls/button.tsx'
import { Knot } from '../kit/digest/knot.tsx'
import { useTimes } from '../kit/text/zone.tsx'
import { lower } from '../state/words.ts'
import './leftovers.css'

interface LeftoversProps {
  readonly leftovers: Left
  readonly onResume: (runId: string) => void
  readonly onCleanUp: () => void
}

/** After a crash: each interrupted story, where it stopped, and the two ways on. */
export function Leftovers({ leftovers, onResume, onCleanUp }: LeftoversProps) {
  const { timeOfDay } = useTimes()
  return (
    <section className="leftovers" aria-label="What was left">
      <ul>
        {leftovers.runs.map(({ runId, scenario, startedAt, stoppedAt }) => (
          <li key={runId} className="leftover">
            <Knot shape="attention" />
            <span>
              <span className="leftover-title">{scenarios[scenario].title}</span>
              <span className="quiet">
                begun at {timeOfDay(startedAt)}, stopped{' '}
                {stoppedAt === null ? 'between two steps' : `at: ${lower(steps[stoppedAt].title)}`}
              </span>
            </span>
            <Button onPress={() => onResume(runId)}>
              Resume<span className="hidden"> {scenarios[scenario].title}</span>
            </Button>
          </li>
        ))}
      </ul>
      <p className="leftovers-clean">
        <Button onPress={onCleanUp}>Clean up</Button>
        <span className="quiet">
          stops and removes the processes and containers that were left; the event log of each run stays.
        </span>
      </p>
    </section>
  )
}
