import type { ServiceRow } from '../../../src/core/contract/changes.ts'
import { VerdictMark } from '../../kit/facts/verdict.tsx'
import { visible } from '../../kit/text/text.ts'
import { useTimes } from '../../kit/text/zone.tsx'
import './services-view.css'

/** The words for each state of a service; `ended` means that it ended by itself. */
export const serviceWords: Readonly<Record<ServiceRow['state'], string>> = {
  ready: 'ready',
  'not-answering': 'does not answer',
  ended: 'has ended',
  stopped: 'stopped',
}

const marks = {
  ready: 'passed',
  'not-answering': 'could-not-check',
  ended: 'failed',
  stopped: 'not-checked',
} as const

/** The current state of the services that a step started, each by its own health probe. Empty without services. */
export function ServicesView({ services }: { services: readonly ServiceRow[] }) {
  const { timeOfDay } = useTimes()
  if (services.length === 0) return null
  return (
    <section className="services" aria-label="Services now">
      <h2 className="services-title">
        Now, by {services.length === 1 ? 'its own health probe' : 'their own health probes'}
      </h2>
      <ul>
        {services.map(({ id, state, since, detail }) => (
          <li key={id} className="service" data-state={state}>
            <VerdictMark verdict={marks[state]} />
            <span className="service-name mono">{id}</span>
            <span className="service-state">
              {serviceWords[state]} since {timeOfDay(since)}
            </span>
            {state === 'ready' ? null : <span className="service-detail mono">{visible(detail)}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
