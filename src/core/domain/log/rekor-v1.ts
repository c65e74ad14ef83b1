import type { LogEntryFacts } from './log-entry.ts'

/** A shard of a Rekor v1 log: a tree of its own. The log numbers its entries across shards. */
export interface LogShard {
  /** The tree's number, decimal. */
  readonly treeId: string
  /** The index in the whole log of the shard's first entry, decimal. */
  readonly begins: string
}

/**
 * The name and the tree in an origin as Rekor v1 writes it, `rekor.sigstore.dev - 1193050959916656506`; its signature
 * line has the name alone (github.com/sigstore/rekor, pkg/util/checkpoint.go). Null for any other origin.
 */
export function shardOrigin(origin: string): { readonly name: string; readonly treeId: string } | null {
  const [, name, treeId] = /^(\S{1,500}) - ([1-9][0-9]{0,18})$/.exec(origin) ?? []
  return name === undefined || treeId === undefined ? null : { name, treeId }
}

/** In which shard of a Rekor v1 log an entry lies; null for a log without shards, and if the numbers contradict it. */
export function shardOf(entry: Pick<LogEntryFacts, 'origin' | 'logIndex' | 'proofIndex'>): LogShard | null {
  const named = shardOrigin(entry.origin)
  const begins = BigInt(entry.logIndex) - BigInt(entry.proofIndex)
  return named === null || begins < 0n ? null : { treeId: named.treeId, begins: begins.toString() }
}

/** The index of an entry and its place in the tree, in a few words. */
export function placeInLog(entry: Pick<LogEntryFacts, 'logIndex' | 'proofIndex' | 'treeSize'>): string {
  const { logIndex, proofIndex, treeSize } = entry
  return logIndex === proofIndex
    ? `${logIndex} of ${treeSize}`
    : `${logIndex}, number ${proofIndex} of ${treeSize} in its shard`
}

/** The UUID of an entry in Rekor v1: the tree in 16 hex digits, and the leaf's hash (pkg/sharding/sharding.go). */
export function entryUuid(entry: Pick<LogEntryFacts, 'origin' | 'leafHash'>): string {
  const named = shardOrigin(entry.origin)
  return named === null ? entry.leafHash : `${treeHex(named.treeId)}${entry.leafHash}`
}

/** A tree's number as used in the UUIDs of entries: 16 lower-case hex digits. */
export const treeHex = (treeId: string): string => BigInt(treeId).toString(16).padStart(16, '0')

/** The public Rekor v1, as the public trusted root names https://rekor.sigstore.dev (tuf-repo-cdn.sigstore.dev). */
export const publicRekorId = 'c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d'

/**
 * An entry's address on the public search page, or null for any other log: it searches only the public Rekor v1
 * (github.com/sigstore/rekor-search-ui).
 */
export const publicSearchPage = (entry: Pick<LogEntryFacts, 'logId' | 'logIndex'>): string | null =>
  entry.logId === publicRekorId ? `https://search.sigstore.dev/?logIndex=${entry.logIndex}` : null
