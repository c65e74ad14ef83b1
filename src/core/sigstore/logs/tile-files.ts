import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppError, appError } from '../../domain/app-error.ts'
import { ctEntriesOf } from '../../domain/log/ct-entry.ts'
import { nodeHash } from '../../domain/log/merkle.ts'
import { ctEntriesPath, entriesOf, entriesPath, fullPath, tilePath, tileWidth } from '../../domain/log/tile.ts'

/** Where a log keeps its entries, and how a file of them is parsed. */
interface Layout {
  readonly path: (entryIndex: bigint, treeSize: bigint) => string
  readonly split: (bytes: Uint8Array) => readonly Uint8Array[] | undefined
}

/** https://c2sp.org/tlog-tiles */
export const rekorLayout: Layout = { path: entriesPath, split: entriesOf }
/** https://c2sp.org/static-ct-api */
export const ctLayout: Layout = { path: ctEntriesPath, split: ctEntriesOf }

/** The error when a log's files cannot be read. */
export const unreadableTiles = (error: TileError): AppError =>
  appError(
    'sigstore.tiles-unreadable',
    'The entry cannot be read back from the log.',
    'Look into the log\u2019s folder.',
    {
      expected: error.expected,
      found: error.message,
    },
  )

/** A tile that is missing or malformed. Thrown, because it ends a computation many levels deep. */
export class TileError extends Error {
  readonly expected: string
  /** True: the server said that there is no such file. False: anything else. */
  readonly missing: boolean
  constructor(expected: string, found: string, missing = false) {
    super(found)
    this.expected = expected
    this.missing = missing
  }
}

/** A log's files: returns the bytes of the file at a path below the log, or throws a TileError. */
export type TileSource = (path: string) => Promise<Buffer>

/** The largest file that is read. A full bundle of the largest entries that the encoding allows is 16 MiB. */
export const maxFile = 17 * 1024 * 1024

/** The files of a log, each read once and only up to the size that it can have. */
export class TileFiles {
  readonly #source: TileSource
  readonly #layout: Layout
  readonly #files = new Map<string, Promise<Buffer>>()
  readonly #found = new Set<string>()

  constructor(source: TileSource, layout: Layout) {
    this.#source = source
    this.#layout = layout
  }

  /** The files that were read. */
  names(): readonly string[] {
    return [...this.#found].sort()
  }

  read(path: string): Promise<Buffer> {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const reading = this.#source(path).then((bytes) => {
      this.#found.add(path)
      return bytes
    })
    this.#files.set(path, reading)
    return reading
  }

  /** The entry with this index, in a tree of this size. */
  async entry(index: bigint, size: bigint): Promise<Buffer> {
    const path = this.#layout.path(index, size)
    const entry = this.#layout.split(await this.#tile(path))?.[Number(index % tileWidth)]
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
      if (full === path || !(error instanceof TileError && error.missing)) throw error
      return this.read(full)
    }
  }
}

const pairs = (row: readonly Uint8Array[]): Uint8Array[] =>
  row.flatMap((left, index) => {
    const right = row[index + 1]
    return index % 2 === 0 && right !== undefined ? [nodeHash(left, right)] : []
  })

/** The files of a log in a folder. */
export const tilesIn =
  (folder: string): TileSource =>
  async (path) => {
    const handle = await open(join(folder, path), 'r').catch((error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT'
      throw new TileError(`the file ${path}`, missing ? 'no such file' : error.message, missing)
    })
    try {
      const { size } = await handle.stat()
      if (size > maxFile) throw new TileError(`${path} of at most ${maxFile} bytes`, `${size} bytes`)
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  }
