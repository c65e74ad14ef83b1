import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { ValueText } from '../../kit/controls/value-text.tsx'
import { Knot, type KnotShape } from '../../kit/digest/knot.tsx'
import { Foreign } from '../../kit/text/foreign.tsx'
import { useTimes } from '../../kit/text/zone.tsx'
import type { ActId } from '../../state/acts.ts'
import { type Hop, type Station, stationsOf } from './stations.ts'
import './trust-map.css'

const shapes: Readonly<Record<Station['state'], KnotShape>> = {
  reached: 'passed',
  cut: 'cut',
  open: 'absent',
  stale: 'absent',
}
const words: Readonly<Record<Station['state'], string>> = {
  reached: 'reached',
  cut: 'cut',
  open: 'not reached',
  stale: 'stale',
}

/**
 * The thread laid out: every party it passes, in reading order, as far as it has come; before each party, what it got
 * from the one before.
 */
export function TrustMap({ run, onShow }: { run: RunState; onShow: (act: ActId) => void }) {
  const times = useTimes()
  return (
    <div className="map">
      <p className="map-region map-sigstore">Sigstore</p>
      <div className="map-region map-sigstore-too" />
      <p className="map-region map-spire">SPIRE, on this node</p>
      <ol className="map-parties" aria-label="Parties">
        {stationsOf(run, times).map(({ id, name, says, state, act, got }) => (
          <li key={id} className={`map-station map-${id}`} data-state={state}>
            {got === null || got.what === '' ? null : <HopWords hop={got} to={name} onShow={onShow} />}
            <button type="button" className="map-button" onClick={() => onShow(act)}>
              <Knot shape={shapes[state]} />
              <span className="map-name">{name}</span>
              <span className="map-says">
                <Foreign text={says} />
              </span>
              <span className="hidden"> {words[state]}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** What passed on one hop: its word leads to the artifact, its value can be lit. */
function HopWords({ hop, to, onShow }: { hop: Hop; to: string; onShow: (act: ActId) => void }) {
  const { what, value, shown, act } = hop
  return (
    <span className="map-hop">
      <button type="button" className="map-what" onClick={() => onShow(act)}>
        {what}
        <span className="hidden"> passes to {to}</span>
      </button>
      {value === null || shown === '' ? null : (
        <ValueText value={value} label={what}>
          <Foreign text={shown} />
        </ValueText>
      )}
    </span>
  )
}
