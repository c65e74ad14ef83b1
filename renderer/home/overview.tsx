import { type GateId, gateIds, gateTable } from '../../src/core/domain/gate.ts'
import { type ScenarioId, scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { Knot } from '../kit/digest/knot.tsx'
import './overview.css'

/** The parties from the Dockerfile to the SVID, and what each does. */
const parties = [
  ['Dockerfile', 'yours'],
  ['Docker', 'builds it'],
  ['Registry', 'names it by digest'],
  ['Login', 'says who signs'],
  ['Fulcio', 'certifies the key'],
  ['CT log', 'records that'],
  ['Rekor', 'records the signature'],
  ['SPIRE', 'asks who it is'],
  ['Attestor', 'checks who signed it'],
  ['SVID', 'the identity'],
] as const

/** The whole story in one picture: the thread from the Dockerfile to the SVID, and each attack at the gate that denies it. */
export function Overview() {
  return (
    <figure className="overview" aria-label="The thread from the Dockerfile to the SVID">
      <ol className="overview-parties">
        {parties.map(([name, does]) => (
          <li key={name}>
            <span className="overview-name">{name}</span>
            <span className="overview-knot" aria-hidden="true" />
            <span className="overview-does">{does}</span>
          </li>
        ))}
      </ol>
      <ol className="overview-gates" aria-label="Gates, and the attacks that each denies">
        {gateIds.map((gate) => (
          <li key={gate}>
            <span className="overview-gate">{gateTable[gate].name}</span>
            <span className="overview-box" aria-hidden="true" />
            <Attacks ids={attacksAt(gate)} />
          </li>
        ))}
      </ol>
    </figure>
  )
}

const attacksAt = (gate: GateId): readonly ScenarioId[] =>
  scenarioIds.filter((id) => scenarios[id].expected.gate === gate)

function Attacks({ ids }: { readonly ids: readonly ScenarioId[] }) {
  if (ids.length === 0) return null
  return (
    <ul className="overview-attacks">
      {ids.map((id) => (
        <li key={id}>
          <Knot shape="cut" />
          {scenarios[id].title}
        </li>
      ))}
    </ul>
  )
}
