import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { ActId } from './acts.ts'

/** Which run and which act are looked at; null follows what is going on. */
export interface Looking {
  readonly runId: string | null
  readonly act: ActId | null
  /** The attack that is looked at beside the good story; then no single run is. */
  readonly beside?: ScenarioId
  /** The services that stories can be told with are looked at; then no run is. */
  readonly services?: true
}

/** All scenarios. */
export const nowhere: Looking = { runId: null, act: null }
