import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { TrustedLog } from '../../domain/certificates/trust.ts'
import { checkpointLines } from '../../domain/log/checkpoint-lines.ts'
import { type Checkpoint, type LogEntryFacts, parseCheckpoint } from '../../domain/log/log-entry.ts'
import { checkPromise } from '../../domain/log/log-promise.ts'
import { isConsistent, leafHash, rootOfProof } from '../../domain/log/merkle.ts'
import { entryUuid, type LogShard, shardOrigin, treeHex } from '../../domain/log/rekor-v1.ts'
import { assertNever, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import type { AskHow } from './ask.ts'
import { entryCount, firstEntriesHave } from './entry-count.ts'
import { isSignedBy, readBackCheck } from './log-reader.ts'
import { couldNotRead, type OverHttp, type OverHttpCheckId } from './over-http.ts'
import {
  type AnsweredEntry,
  type AnsweredShard,
  askConsistency,
  askEntry,
  askShards,
  type NoAnswer,
} from './rekor-v1-answers.ts'

interface Asking {
  readonly url: string
  readonly log: TrustedLog
  /** All logs of the trusted root: an older shard may have another key. */
  readonly logs: readonly TrustedLog[]
  readonly entry: LogEntryFacts
  readonly how: AskHow
}
type OverHttpCheck = Check<OverHttpCheckId>

/**
 * Reads an entry back from a Rekor v1. Seven checks: the entry with its UUID is the one in the bundle; by its index the
 * log finds the same one; the log signs it again, for the same time; the newest checkpoint is signed with the trusted
 * root's key; the fresh inclusion proof leads to its root; the tree that the bundle saw is a prefix of it; and index
 * and number in the shard agree with the shards that the log has.
 */
export async function readBackV1(asking: Asking): Promise<OverHttp> {
  const { url, entry, how } = asking
  const uuid = entryUuid(entry)
  const [byUuid, byIndex, shards] = await Promise.all([
    askEntry(url, { uuid }, how),
    askEntry(url, { index: entry.logIndex }, how),
    askShards(url, how),
  ])
  const expected = `entry ${uuid}, as in the bundle`
  if (!byUuid.ok) return { found: null, checks: [unanswered('log-entry', expected, byUuid.error)] }
  const fresh = parseCheckpoint(byUuid.value.entry.verification.inclusionProof.checkpoint)
  if (!fresh.ok) {
    const found = fresh.error.found ?? 'another text'
    return { found: null, checks: [couldNotRead('log-checkpoint', 'the newest checkpoint of the log', found)] }
  }
  const leaf = leafHash(Buffer.from(byUuid.value.entry.body, 'base64'))
  const placed = shardCheck(asking, shards)
  return {
    found: {
      origin: fresh.value.origin,
      treeSize: fresh.value.treeSize,
      rootHash: fresh.value.rootHash,
      leafHash: bytesToHex(leaf),
      uuid: byUuid.value.uuid,
      shard: placed.shard,
    },
    checks: [
      checkpointCheck(asking, fresh.value, byUuid.value),
      entryCheck(asking, leaf, byUuid.value, expected),
      indexCheck(asking, byIndex, uuid),
      promiseCheck(asking, byUuid.value),
      proofCheck(leaf, fresh.value, byUuid.value),
      await historyCheck(asking, fresh.value),
      placed.check,
    ],
  }
}

/** "Not found" and "not served" are results of their own; anything else is none. */
function unanswered(id: OverHttpCheckId, expected: string, { why, found }: NoAnswer): OverHttpCheck {
  switch (why) {
    case 'absent':
      return { id, verdict: 'not-present', expected, found, remedy: 'Ask the log that the image was signed with.' }
    case 'not-served':
      return { id, verdict: 'not-checked', expected, found: `this Rekor does not report it: ${found}` }
    case 'unreadable':
      return couldNotRead(id, expected, found)
    default:
      return assertNever(why, 'reason')
  }
}

const checkpointCheck = ({ log }: Asking, fresh: Checkpoint, { uuid }: AnsweredEntry): OverHttpCheck => {
  const treeId = shardOrigin(fresh.origin)?.treeId
  // A UUID without a tree belongs to a log with one tree only.
  const sameTree = uuid.length === 64 || (treeId !== undefined && uuid.startsWith(treeHex(treeId)))
  return readBackCheck('log-checkpoint', sameTree && isSignedBy(fresh, log), {
    expected: `the newest checkpoint is of the entry\u2019s tree and signed with the key of log ${log.logId}`,
    found: `origin ${fresh.origin}, ${entryCount(fresh.treeSize)}`,
  })
}

const entryCheck = ({ entry }: Asking, leaf: Uint8Array, { uuid }: AnsweredEntry, expected: string): OverHttpCheck => {
  const hash = bytesToHex(leaf)
  return readBackCheck('log-entry', hash === entry.leafHash && uuid.slice(-64) === hash, {
    expected,
    found: `entry ${uuid} with leaf hash ${hash}`,
  })
}

function indexCheck({ entry }: Asking, byIndex: Result<AnsweredEntry, NoAnswer>, uuid: string): OverHttpCheck {
  const expected = `by index ${entry.logIndex} the log finds the same entry`
  if (!byIndex.ok) return unanswered('log-index', expected, byIndex.error)
  const { uuid: other, entry: answered } = byIndex.value
  const same = other.slice(-64) === uuid.slice(-64) && String(answered.logIndex) === entry.logIndex
  return readBackCheck('log-index', same, { expected, found: `entry ${other}, index ${answered.logIndex}` })
}

function promiseCheck({ entry, log }: Asking, { entry: answered }: AnsweredEntry): OverHttpCheck {
  const promise = {
    integratedTime: answered.integratedTime,
    signature: Buffer.from(answered.verification.signedEntryTimestamp, 'base64'),
  }
  const about = {
    body: Buffer.from(answered.body, 'base64').toString('utf8'),
    logId: answered.logID,
    logIndex: String(answered.logIndex),
  }
  const seen = entry.promise?.integratedTime
  const text = {
    expected: `the log promises entry ${entry.logIndex}${seen === undefined ? '' : `, taken at ${iso(seen)}`}`,
    found: `entry ${answered.logIndex}, taken at ${iso(answered.integratedTime)}`,
  }
  const verdict = checkPromise(promise, about, log.publicKey)
  if (verdict === 'could-not-check') return couldNotRead('log-promise', text.expected, text.found, unknownKey)
  const same =
    answered.logID === entry.logId &&
    about.logIndex === entry.logIndex &&
    (seen === undefined || seen === answered.integratedTime)
  return readBackCheck('log-promise', same && verdict === 'passed', text)
}

const unknownKey = 'Verify with a program that knows this kind of key.'

// Up to eleven digits are a time that Date can represent (domain/bundle-schema.ts).
const iso = (seconds: number): string =>
  seconds < 1e11 ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : `second ${seconds}`

function proofCheck(leaf: Uint8Array, fresh: Checkpoint, { entry }: AnsweredEntry): OverHttpCheck {
  const { logIndex, hashes } = entry.verification.inclusionProof
  const root = rootOfProof(leaf, BigInt(logIndex), BigInt(fresh.treeSize), hashes.map(hexToBytes))
  return readBackCheck('log-proof', root !== undefined && bytesToHex(root) === fresh.rootHash, {
    expected: `root ${fresh.rootHash}, as in the newest checkpoint`,
    found: `root ${root === undefined ? 'none' : bytesToHex(root)}, from ${hashes.length} hashes, for number ${logIndex}`,
  })
}

async function historyCheck({ url, entry, how }: Asking, fresh: Checkpoint): Promise<OverHttpCheck> {
  const expected = `${firstEntriesHave(entry.treeSize)} root ${entry.rootHash}, as the bundle saw it`
  if (fresh.origin !== entry.origin) {
    return readBackCheck('log-history', false, { expected, found: `a tree of another origin, ${fresh.origin}` })
  }
  const [first, last] = [BigInt(entry.treeSize), BigInt(fresh.treeSize)]
  if (first > last) return couldNotRead('log-history', expected, `a checkpoint of ${entryCount(last)}, which is older`)
  if (first === last) {
    return readBackCheck('log-history', fresh.rootHash === entry.rootHash, {
      expected,
      found: `root ${fresh.rootHash}, of as many entries`,
    })
  }
  const treeId = shardOrigin(fresh.origin)?.treeId
  if (treeId === undefined) return couldNotRead('log-history', expected, `no tree in the origin ${fresh.origin}`)
  const hashes = await askConsistency(url, { treeId, first: entry.treeSize, last: fresh.treeSize }, how)
  if (!hashes.ok) return unanswered('log-history', expected, hashes.error)
  const holds = isConsistent(
    { size: first, root: hexToBytes(entry.rootHash) },
    { size: last, root: hexToBytes(fresh.rootHash) },
    hashes.value.map(hexToBytes),
  )
  return readBackCheck('log-history', holds, {
    expected,
    found: holds
      ? `it is the beginning of today\u2019s ${entryCount(last)}, by ${hashes.value.length} hashes`
      : `${hashes.value.length} hashes that do not lead from it to today\u2019s root ${fresh.rootHash}`,
  })
}

/** The entry's place, counted across the shards before its own; each of them states its size in a signed checkpoint. */
function shardCheck(
  { entry, logs }: Asking,
  shards: Result<readonly AnsweredShard[], NoAnswer>,
): { readonly check: OverHttpCheck; readonly shard: LogShard | null } {
  const treeId = shardOrigin(entry.origin)?.treeId
  const place = (index: string): string =>
    `entry ${index} of the log, number ${entry.proofIndex} in shard ${treeId ?? entry.origin}`
  const expected = place(entry.logIndex)
  if (!shards.ok) return { check: unanswered('log-shard', expected, shards.error), shard: null }
  const at = shards.value.findIndex((shard) => shard.treeID === treeId)
  if (treeId === undefined || at < 0) {
    const found = `${shards.value.length} shards, and none of this tree`
    return { check: readBackCheck('log-shard', false, { expected, found }), shard: null }
  }
  const before = shards.value.slice(0, at)
  const unproved = before.find((shard) => !isProved(shard, logs))
  if (unproved !== undefined) {
    const found = `shard ${unproved.treeID} with ${entryCount(unproved.treeSize)}, in no checkpoint that a trusted log signed`
    const remedy = 'Add the key of that shard to the trusted root.'
    return { check: couldNotRead('log-shard', expected, found, remedy), shard: null }
  }
  const begins = before.reduce((sum, { treeSize }) => sum + BigInt(treeSize), 0n)
  const index = (begins + BigInt(entry.proofIndex)).toString()
  return {
    check: readBackCheck('log-shard', index === entry.logIndex, { expected, found: place(index) }),
    shard: { treeId, begins: begins.toString() },
  }
}

function isProved({ treeID, treeSize, signedTreeHead }: AnsweredShard, logs: readonly TrustedLog[]): boolean {
  const head = parseCheckpoint(signedTreeHead)
  return (
    head.ok &&
    shardOrigin(head.value.origin)?.treeId === treeID &&
    head.value.treeSize === String(treeSize) &&
    checkpointLines(head.value, logs, 'note').some(({ verdict }) => verdict === 'passed')
  )
}
