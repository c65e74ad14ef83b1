/** How many hashes a full tile holds, and entries a full entry bundle. */
export const tileWidth = 256n

/**
 * The path of a hash tile below the log's folder (https://c2sp.org/tlog-tiles). A tile that is not full at this tree
 * size has its width in the name.
 */
export const tilePath = (level: number, index: bigint, treeSize: bigint): string =>
  `tile/${level}/${numberPath(index)}${partial(index, treeSize >> BigInt(8 * level))}`

/** The path of the bundle of entries that holds the entry with this index. */
export const entriesPath = (entryIndex: bigint, treeSize: bigint): string =>
  `tile/entries/${numberPath(entryIndex / tileWidth)}${partial(entryIndex / tileWidth, treeSize)}`

/** The same in a static CT log (https://c2sp.org/static-ct-api). */
export const ctEntriesPath = (entryIndex: bigint, treeSize: bigint): string =>
  entriesPath(entryIndex, treeSize).replace('tile/entries/', 'tile/data/')

/** The same without the width: its path once it is full. */
export const fullPath = (path: string): string => path.replace(/\.p\/[0-9]+$/, '')

/** Parses an entry bundle: each entry with a big-endian uint16 length before it. Undefined when it is malformed. */
export function entriesOf(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const [high, low] = bytes.subarray(at, at + 2)
    if (high === undefined || low === undefined) return undefined
    const end = at + 2 + high * 256 + low
    if (end > bytes.length) return undefined
    entries.push(bytes.subarray(at + 2, end))
    at = end
  }
  return entries
}

// Groups of three digits, each but the last with an x before it: 1234067 is x001/x234/067.
function numberPath(value: bigint): string {
  const digits = value.toString()
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  return groups.map((group, index) => (index === groups.length - 1 ? group : `x${group}`)).join('/')
}

function partial(index: bigint, count: bigint): string {
  const width = count - index * tileWidth
  return width >= tileWidth ? '' : `.p/${width}`
}
