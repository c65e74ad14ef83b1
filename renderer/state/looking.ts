import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { ActId } from './acts.ts'

/** Which run and which act are shown; null follows the run. */
export interface Looking {
  readonly runId: string | null
  readonly act: ActId | null
  /** The attack that is shown beside the good story; then no single run is. */
  readonly beside?: ScenarioId
  /** The environments are shown; then no run is. */
  readonly services?: true
  /** The talks are shown; then no run is. */
  readonly talks?: true
}

/** All scenarios. */
export const nowhere: Looking = { runId: null, act: null }
