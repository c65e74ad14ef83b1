import { bytesToHex } from '@noble/hashes/utils.js'
import { findTrustedLog, type TrustedLog } from '../../domain/certificates/trust.ts'
import { checkpointLines } from '../../domain/log/checkpoint-lines.ts'
import { type Checkpoint, type LogEntryFacts, parseCheckpoint } from '../../domain/log/log-entry.ts'
import { hashOfRange, leafHash, proofOf, rootOfProof } from '../../domain/log/merkle.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import { entryCount, firstEntriesHave } from './entry-count.ts'
import { rekorLayout, TileError, TileFiles, tilesIn, unreadableTiles } from './tile-files.ts'

/** The checks of reading an entry back from the log itself. */
export type ReadBackCheckId = 'log-checkpoint' | 'log-entry' | 'log-proof' | 'log-history'

export interface ReadBack {
  /** The log's newest checkpoint. */
  readonly origin: string
  readonly treeSize: string
  readonly rootHash: string
  /** The entry as stored in the log. */
  readonly entry: string
  readonly leafHash: string
  /** The inclusion proof, recomputed from tiles, lowest hash first; lower-case hex. */
  readonly proof: readonly string[]
  /** The files that were read, below the log's folder. */
  readonly files: readonly string[]
  readonly checks: readonly Check<ReadBackCheckId>[]
}

/**
 * Reads an entry back from a log's tiles (https://c2sp.org/tlog-tiles) and recomputes its inclusion proof. Four checks:
 * the newest checkpoint is signed with the trusted root's key; the entry is the one in the bundle; the recomputed proof
 * leads to the checkpoint's root; and the tree that the bundle saw is a prefix of today's. An error means that the
 * tiles could not be read.
 */
export async function readEntryBack(options: {
  /** The folder with `checkpoint` and `tile/`. */
  readonly tiles: string
  /** The trusted root's JSON. */
  readonly trustedRoot: string
  readonly entry: LogEntryFacts
}): Promise<Result<ReadBack>> {
  const log = findTrustedLog(options.trustedRoot, options.entry.logId)
  if (!log.ok) return log
  const files = new TileFiles(tilesIn(options.tiles), rekorLayout)
  try {
    const checkpoint = await newestCheckpoint(files)
    return checkpoint.ok ? ok(await compareWithLog(files, log.value, checkpoint.value, options.entry)) : checkpoint
  } catch (error) {
    if (!(error instanceof TileError)) throw error
    return err(unreadableTiles(error))
  }
}

/** The checkpoint among a log's files. Throws a TileError if it cannot be read. */
export const newestCheckpoint = async (files: TileFiles): Promise<Result<Checkpoint>> =>
  parseCheckpoint((await files.read('checkpoint')).toString('utf8'))

/** An entry, its proof and its history against a log's files. Throws a TileError if they cannot be read. */
export async function compareWithLog(
  files: TileFiles,
  log: TrustedLog,
  checkpoint: Checkpoint,
  bundled: LogEntryFacts,
): Promise<ReadBack> {
  const index = BigInt(bundled.proofIndex)
  const size = BigInt(checkpoint.treeSize)
  if (index >= size) {
    throw new TileError(`a log of more than ${entryCount(index)}`, `a checkpoint of ${entryCount(size)}`)
  }
  const entry = await files.entry(index, size)
  const leaf = leafHash(entry)
  const subtree = (level: number, at: bigint): Promise<Uint8Array> => files.subtree(level, at, size)
  const proof = await proofOf(index, size, subtree)
  const root = rootOfProof(leaf, index, size, proof)
  const seenSize = BigInt(bundled.treeSize)
  const seenRoot = seenSize > 0n && seenSize <= size ? bytesToHex(await hashOfRange(0n, seenSize, subtree)) : 'none'
  const same = bytesToHex(leaf) === bundled.leafHash
  return {
    origin: checkpoint.origin,
    treeSize: checkpoint.treeSize,
    rootHash: checkpoint.rootHash,
    entry: entry.toString('utf8'),
    leafHash: bytesToHex(leaf),
    proof: proof.map((hash) => bytesToHex(hash)),
    files: files.names(),
    checks: [
      readBackCheck('log-checkpoint', isSignedBy(checkpoint, log), {
        expected: `the newest checkpoint is signed with the key of log ${log.logId}`,
        found: `origin ${checkpoint.origin}, ${entryCount(checkpoint.treeSize)}`,
      }),
      readBackCheck('log-entry', same, {
        expected: `leaf hash ${bundled.leafHash}, as in the bundle`,
        found: `leaf hash ${bytesToHex(leaf)}`,
      }),
      readBackCheck('log-proof', root !== undefined && bytesToHex(root) === checkpoint.rootHash, {
        expected: `root ${checkpoint.rootHash}, as in the newest checkpoint`,
        found: `root ${root === undefined ? 'none' : bytesToHex(root)}, from ${proof.length} recomputed hashes`,
      }),
      readBackCheck('log-history', seenRoot === bundled.rootHash, {
        expected: `${firstEntriesHave(bundled.treeSize)} root ${bundled.rootHash}, as the bundle saw it`,
        found: `root ${seenRoot}`,
      }),
    ],
  }
}

/** A completed read-back check: passed, or the log contradicts itself or the bundle. */
export const readBackCheck = <Id extends string>(
  id: Id,
  passed: boolean,
  text: { readonly expected: string; readonly found: string },
): Check<Id> => ({
  id,
  verdict: passed ? 'passed' : 'failed',
  ...text,
  ...(passed ? {} : { remedy: 'Do not trust this log: it contradicts what it signed.' }),
})

/** Whether one of a checkpoint's signatures is this log's. */
export const isSignedBy = (checkpoint: Checkpoint, log: TrustedLog): boolean =>
  checkpointLines(checkpoint, [log], 'note').some((line) => line.verdict === 'passed')
