import type { ActId } from './acts.ts'

/** Which run and which act are looked at; null follows what is going on. */
export interface Looking {
  readonly runId: string | null
  readonly act: ActId | null
}

/** All scenarios. */
export const nowhere: Looking = { runId: null, act: null }
