import type { ServiceRow } from '../../src/core/contract/changes.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { ServicesView } from '../acts/machine/services-view.tsx'
import { Knot } from '../kit/digest/knot.tsx'
import { stoppedFirst } from '../state/stopping.ts'

interface StoppingViewProps {
  readonly runs: readonly RunState[]
  /** In the order in which they were started. */
  readonly services: readonly ServiceRow[]
}

/** What is being stopped, in order: the runs, then the services, each with its current state. */
export function StoppingView({ runs, services }: StoppingViewProps) {
  const going = stoppedFirst(runs)
  if (going.length === 0 && services.length === 0) return <p className="quiet">Nothing was started.</p>
  return (
    <>
      {going.length === 0 ? null : (
        <ol className="stopping" aria-label="What is being stopped">
          {going.map((run) => (
            <li key={run}>
              <Knot shape="attention" />
              {run}
            </li>
          ))}
        </ol>
      )}
      <ServicesView services={services.toReversed()} />
    </>
  )
}
