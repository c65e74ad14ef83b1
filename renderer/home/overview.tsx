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

interface OverviewProps {
  /** Whether each attack is shown at the gate that denies it: not before a talk's questions about them. */
  readonly attacks?: boolean
}

/** The whole story in one picture: the thread from the Dockerfile to the SVID, and each attack at the gate that denies it. */
export function Overview({ attacks = true }: OverviewProps) {
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
      <ol className="overview-gates" aria-label={attacks ? 'Gates, and the attacks that each denies' : 'Gates'}>
        {gateIds.map((gate) => (
          <li key={gate}>
            <span className="overview-gate">{gateTable[gate].name}</span>
            <span className="overview-box" aria-hidden="true" />
            {attacks ? <Attacks ids={attacksAt(gate)} /> : null}
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
