import crypto from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex } from '@noble/hashes/utils.js'
import { appError } from '../domain/app-error.ts'
import { type Checkpoint, type LogEntryFacts, parseCheckpoint } from '../domain/log-entry.ts'
import { hashOfRange, leafHash, nodeHash, proofOf, rootOfProof } from '../domain/merkle.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { entriesOf, entriesPath, fullPath, tilePath, tileWidth } from '../domain/tile.ts'
import { findTrustedLog, type TrustedLog } from '../domain/trust.ts'
import type { Check } from '../domain/verdict.ts'

/** The checks of reading an entry back from the log itself. */
export type ReadBackCheckId = 'log-checkpoint' | 'log-entry' | 'log-proof' | 'log-history'

export interface ReadBack {
  /** The log's newest checkpoint. */
  readonly origin: string
  readonly treeSize: string
  readonly rootHash: string
  /** The entry as it lies in the log. */
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
 * leads to the checkpoint's root; and the tree that the bundle saw is a part of today's. An error means that the tiles
 * could not be read.
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
  const files = new TileFiles(options.tiles)
  try {
    const checkpoint = parseCheckpoint((await files.read('checkpoint')).toString('utf8'))
    if (!checkpoint.ok) return checkpoint
    return await compare(files, log.value, checkpoint.value, options.entry)
  } catch (error) {
    if (!(error instanceof TileError)) throw error
    return err(
      appError(
        'sigstore.tiles-unreadable',
        'The entry cannot be read back from the log.',
        'Look into the log\u2019s folder.',
        {
          expected: error.expected,
          found: error.message,
        },
      ),
    )
  }
}

async function compare(
  files: TileFiles,
  log: TrustedLog,
  checkpoint: Checkpoint,
  bundled: LogEntryFacts,
): Promise<Result<ReadBack>> {
  const index = BigInt(bundled.proofIndex)
  const size = BigInt(checkpoint.treeSize)
  if (index >= size) {
    throw new TileError(`a log of more than ${index} entries`, `a checkpoint of ${size} entries`)
  }
  const entry = await files.entry(index, size)
  const leaf = leafHash(entry)
  const subtree = (level: number, at: bigint): Promise<Uint8Array> => files.subtree(level, at, size)
  const proof = await proofOf(index, size, subtree)
  const root = rootOfProof(leaf, index, size, proof)
  const seenSize = BigInt(bundled.treeSize)
  const seenRoot = seenSize > 0n && seenSize <= size ? bytesToHex(await hashOfRange(0n, seenSize, subtree)) : 'none'
  const same = bytesToHex(leaf) === bundled.leafHash
  return ok({
    origin: checkpoint.origin,
    treeSize: checkpoint.treeSize,
    rootHash: checkpoint.rootHash,
    entry: entry.toString('utf8'),
    leafHash: bytesToHex(leaf),
    proof: proof.map((hash) => bytesToHex(hash)),
    files: files.names(),
    checks: [
      verdict('log-checkpoint', signedBy(checkpoint, log), {
        expected: `the newest checkpoint is signed with the key of log ${log.logId}`,
        found: `origin ${checkpoint.origin}, ${checkpoint.treeSize} entries`,
      }),
      verdict('log-entry', same, {
        expected: `leaf hash ${bundled.leafHash}, as in the bundle`,
        found: `leaf hash ${bytesToHex(leaf)}`,
      }),
      verdict('log-proof', root !== undefined && bytesToHex(root) === checkpoint.rootHash, {
        expected: `root ${checkpoint.rootHash}, as in the newest checkpoint`,
        found: `root ${root === undefined ? 'none' : bytesToHex(root)}, from ${proof.length} recomputed hashes`,
      }),
      verdict('log-history', seenRoot === bundled.rootHash, {
        expected: `the first ${bundled.treeSize} entries have root ${bundled.rootHash}, as the bundle saw it`,
        found: `root ${seenRoot}`,
      }),
    ],
  })
}

const verdict = (
  id: ReadBackCheckId,
  passed: boolean,
  text: { readonly expected: string; readonly found: string },
): Check<ReadBackCheckId> => ({
  id,
  verdict: passed ? 'passed' : 'failed',
  ...text,
  ...(passed ? {} : { remedy: 'Do not trust this log: it contradicts what it signed.' }),
})

/** Whether one of the signatures is the log's: the hint and the name fit, and the key of the trusted root verifies it. */
function signedBy(checkpoint: Checkpoint, log: TrustedLog): boolean {
  const key = crypto.createPublicKey({ key: Buffer.from(log.publicKey), format: 'der', type: 'spki' })
  // Ed25519 hashes by itself; for the others BoringSSL wants the digest named.
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return checkpoint.signatures.some(
    (signature) =>
      signature.keyHint === log.logId.slice(0, 8) &&
      signature.name === checkpoint.origin &&
      crypto.verify(algorithm, Buffer.from(checkpoint.signedText), key, signature.signature),
  )
}

/** A tile that is missing or has another form. Thrown, because it ends a computation many levels deep. */
class TileError extends Error {
  readonly expected: string
  constructor(expected: string, found: string) {
    super(found)
    this.expected = expected
  }
}

// A full bundle of the largest entries the coding allows is 16 MiB.
const maxFile = 17 * 1024 * 1024

class TileFiles {
  readonly #folder: string
  readonly #files = new Map<string, Promise<Buffer>>()
  readonly #found = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  names(): readonly string[] {
    return [...this.#found].sort()
  }

  read(path: string): Promise<Buffer> {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const reading = readBounded(join(this.#folder, path), path).then((bytes) => {
      this.#found.add(path)
      return bytes
    })
    this.#files.set(path, reading)
    return reading
  }

  async entry(index: bigint, size: bigint): Promise<Buffer> {
    const path = entriesPath(index, size)
    const entry = entriesOf(await this.#tile(path))?.[Number(index % tileWidth)]
    if (entry === undefined) throw new TileError(`entry ${index} in ${path}`, 'a bundle without it')
    return Buffer.from(entry)
  }

  /** The hash over 2^level leaves, computed from the tile that holds its lowest stored level. */
  async subtree(level: number, index: bigint, size: bigint): Promise<Uint8Array> {
    const tileLevel = Math.floor(level / 8)
    const count = 1n << BigInt(level % 8)
    const first = index * count
    const path = tilePath(tileLevel, first / tileWidth, size)
    const tile = await this.#tile(path)
    const at = Number(first % tileWidth)
    const hashes = Array.from({ length: Number(count) }, (_, offset) =>
      tile.subarray((at + offset) * 32, (at + offset + 1) * 32),
    )
    if (hashes.some((hash) => hash.length !== 32)) throw new TileError(`hash ${first} in ${path}`, 'a shorter tile')
    let row: Uint8Array[] = hashes
    while (row.length > 1) row = pairs(row)
    const [hash] = row
    if (hash === undefined) throw new Error('unreachable: a subtree has at least one hash')
    return hash
  }

  /** A partial tile may have been removed once the tile is full. */
  async #tile(path: string): Promise<Buffer> {
    try {
      return await this.read(path)
    } catch (error) {
      const full = fullPath(path)
      if (full === path || !(error instanceof TileError)) throw error
      return this.read(full)
    }
  }
}

const pairs = (row: readonly Uint8Array[]): Uint8Array[] =>
  row.flatMap((left, index) => {
    const right = row[index + 1]
    return index % 2 === 0 && right !== undefined ? [nodeHash(left, right)] : []
  })

async function readBounded(file: string, path: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new TileError(`the file ${path}`, error.code === 'ENOENT' ? 'no such file' : error.message)
  })
  try {
    const { size } = await handle.stat()
    if (size > maxFile) throw new TileError(`${path} of at most ${maxFile} bytes`, `${size} bytes`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
