import type { LogShard } from '../../domain/log/rekor-v1.ts'
import type { Check } from '../../domain/verdict.ts'
import type { ReadBackCheckId } from './log-reader.ts'

/** The checks of reading an entry back over HTTP; the last three are Rekor v1's own. */
export type OverHttpCheckId = ReadBackCheckId | 'log-index' | 'log-promise' | 'log-shard'

/** The result of reading an entry back over HTTP. */
export interface OverHttp {
  readonly checks: readonly Check<OverHttpCheckId>[]
  /** The entry as the log holds it now; null if it could not be read. */
  readonly found: {
    /** Of the log's newest checkpoint. */
    readonly origin: string
    readonly treeSize: string
    readonly rootHash: string
    readonly leafHash: string
    /** Rekor v1's UUID for the entry, and its shard as the log reports it; null without them. */
    readonly uuid: string | null
    readonly shard: LogShard | null
  } | null
}

/** A log that did not respond has said nothing, good or bad. */
export const couldNotRead = (
  id: OverHttpCheckId,
  expected: string,
  found: string,
  remedy = 'Start Rekor or fix the connection, or correct its address in the profile; a log that is slow to publish needs a moment.',
): Check<OverHttpCheckId> => ({ id, verdict: 'could-not-check', expected, found, remedy })
