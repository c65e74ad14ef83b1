import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ActId } from '../state/acts.ts'
import { type Station, stationsOf } from '../state/stations.ts'
import { Knot, type KnotShape } from '../ui/knot.tsx'
import './trust-map.css'

const shapes: Readonly<Record<Station['state'], KnotShape>> = { reached: 'passed', cut: 'cut', open: 'absent' }
const words: Readonly<Record<Station['state'], string>> = { reached: 'reached', cut: 'cut', open: 'not reached' }

/** The thread laid out: every party it passes, in reading order, and as far as it has come. */
export function TrustMap({ run, onShow }: { run: RunState; onShow: (act: ActId) => void }) {
  return (
    <ol className="map" aria-label="Parties">
      {stationsOf(run).map(({ id, name, says, state, act }) => (
        <li key={id} className={`map-station map-${id}`} data-state={state}>
          <button type="button" className="map-button" onClick={() => onShow(act)}>
            <Knot shape={shapes[state]} />
            <span className="map-name">{name}</span>
            <span className="map-says">{says}</span>
            <span className="hidden"> {words[state]}</span>
          </button>
        </li>
      ))}
    </ol>
  )
}
