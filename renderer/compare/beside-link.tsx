import { type ScenarioId, scenarios } from '../../src/core/workflow/scenarios.ts'

interface BesideLinkProps {
  readonly id: ScenarioId
  readonly onBeside: (attack: ScenarioId) => void
}

/** Opens an attack beside the good story. */
export const BesideLink = ({ id, onBeside }: BesideLinkProps) => (
  <button type="button" className="link scenario-beside" onClick={() => onBeside(id)}>
    Side by side with the good story<span className="hidden">: {scenarios[id].title}</span>
  </button>
)
