import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'

/** RFC 6962 section 2.1: the hash of a leaf. */
export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(concatBytes(Uint8Array.of(0), leaf))

/** RFC 6962 section 2.1: the hash of an inner node. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(concatBytes(Uint8Array.of(1), left, right))

/**
 * The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2), or undefined when the number of hashes does
 * not fit the index and the size, or the index lies outside the tree.
 */
export function rootOfProof(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  hashes: readonly Uint8Array[],
): Uint8Array | undefined {
  if (index < 0n || index >= size) return undefined
  let node = index
  let last = size - 1n
  let root = leaf
  for (const hash of hashes) {
    if (last === 0n) return undefined
    if (node % 2n === 1n || node === last) {
      root = nodeHash(hash, root)
      while (node % 2n === 0n && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      root = nodeHash(root, hash)
    }
    node >>= 1n
    last >>= 1n
  }
  return last === 0n ? root : undefined
}

/** A tree as a checkpoint names it. */
export interface TreeHead {
  readonly size: bigint
  readonly root: Uint8Array
}

/**
 * Whether these hashes prove that the first tree is a prefix of the second, which is larger (RFC 9162 section 2.1.4.2).
 */
export function isConsistent(first: TreeHead, second: TreeHead, hashes: readonly Uint8Array[]): boolean {
  if (first.size <= 0n || first.size >= second.size) return false
  // If the first tree is a complete subtree of the second, its root is not repeated in the proof.
  const [start, ...rest] = (first.size & (first.size - 1n)) === 0n ? [first.root, ...hashes] : hashes
  if (start === undefined || hashes.length === 0) return false
  let [node, last] = [first.size - 1n, second.size - 1n]
  while (node % 2n === 1n) {
    node >>= 1n
    last >>= 1n
  }
  let [firstRoot, secondRoot] = [start, start]
  for (const hash of rest) {
    if (last === 0n) return false
    if (node % 2n === 1n || node === last) {
      firstRoot = nodeHash(hash, firstRoot)
      secondRoot = nodeHash(hash, secondRoot)
      while (node % 2n === 0n && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      secondRoot = nodeHash(secondRoot, hash)
    }
    node >>= 1n
    last >>= 1n
  }
  return (
    last === 0n &&
    bytesToHex(firstRoot) === bytesToHex(first.root) &&
    bytesToHex(secondRoot) === bytesToHex(second.root)
  )
}

/** The hash of the complete subtree of 2^level leaves that begins at leaf index * 2^level. */
export type CompleteSubtree = (level: number, index: bigint) => Promise<Uint8Array>

/** The hash of the leaves from start up to but not including end, from complete subtrees (RFC 6962 section 2.1). */
export async function hashOfRange(start: bigint, end: bigint, subtree: CompleteSubtree): Promise<Uint8Array> {
  const count = end - start
  if (count <= 0n) throw new Error('A tree without leaves is not asked for.')
  const level = bitLength(count) - 1
  if (1n << BigInt(level) === count && start % count === 0n) return subtree(level, start / count)
  const middle = start + splitPoint(count)
  return nodeHash(await hashOfRange(start, middle, subtree), await hashOfRange(middle, end, subtree))
}

/** The inclusion proof of a leaf in a tree of this size (RFC 6962 section 2.1.1), lowest hash first. */
export async function proofOf(index: bigint, size: bigint, subtree: CompleteSubtree): Promise<Uint8Array[]> {
  const path = async (start: bigint, end: bigint): Promise<Uint8Array[]> => {
    if (end - start === 1n) return []
    const middle = start + splitPoint(end - start)
    return index < middle
      ? [...(await path(start, middle)), await hashOfRange(middle, end, subtree)]
      : [...(await path(middle, end)), await hashOfRange(start, middle, subtree)]
  }
  return path(0n, size)
}

/** The largest power of two below the count. */
const splitPoint = (count: bigint): bigint => 1n << BigInt(bitLength(count - 1n) - 1)

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length)
