import { type ScenarioId, scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { Button } from '../kit/controls/button.tsx'
import { ReplayMark } from '../kit/facts/replay-mark.tsx'
import { OpenRecording } from './open-recording.tsx'
import './offer.css'

interface ReplayOfferProps {
  readonly says: string
  readonly onWatch: (scenario: ScenarioId) => void
  readonly onOpen: (file: File) => void
}

/** Recorded runs to watch: they need no tools and no network. */
export function ReplayOffer({ says, onWatch, onOpen }: ReplayOfferProps) {
  return (
    <section className="replay-offer" aria-label="Recorded runs">
      <div className="replay-offer-words">
        <ReplayMark />
        <p>{says}</p>
      </div>
      <ul className="replay-offer-runs">
        {scenarioIds.map((id) => (
          <li key={id}>
            <Button onPress={() => onWatch(id)}>
              <span className="hidden">Watch a recording of </span>
              {scenarios[id].title}
            </Button>
          </li>
        ))}
        <li>
          <OpenRecording onOpen={onOpen} />
        </li>
      </ul>
    </section>
  )
}
