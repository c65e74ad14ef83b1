import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { leafHash, nodeHash, rootOfProof } from '../../../src/core/domain/log/merkle.ts'

/** One step up an inclusion proof, lowest first. */
export interface ProofLevel {
  /** On which side of our node the given hash stands. */
  readonly side: 'left' | 'right'
  /** The given hash, lower-case hex. */
  readonly sibling: string
  /** The entries under it: first, and one after the last. */
  readonly covers: readonly [number, number]
  /** What the two together hash to. */
  readonly result: string
}

/** A recomputed proof: every level, the root it leads to, and whether that is the expected root. */
export interface Proof {
  readonly levels: readonly ProofLevel[]
  readonly root: string
  readonly holds: boolean
}

/** What an inclusion proof is computed from; hashes in lower-case hex, numbers in decimal. */
export interface ProofFacts {
  readonly proofIndex: string
  readonly treeSize: string
  readonly leafHash: string
  readonly rootHash: string
  readonly proofHashes: readonly string[]
}

/** Recomputes an inclusion proof (RFC 6962 section 2.1); undefined when its hashes do not fit index and size. */
export function recompute(entry: ProofFacts): Proof | undefined {
  const [index, size] = [Number(entry.proofIndex), Number(entry.treeSize)]
  const hashes = entry.proofHashes.map(hexToBytes)
  const root = rootOfProof(hexToBytes(entry.leafHash), BigInt(entry.proofIndex), BigInt(entry.treeSize), hashes)
  const siblings = siblingsOf(index, 0, size)
  if (root === undefined || siblings.length !== hashes.length) return undefined
  let node: Uint8Array = hexToBytes(entry.leafHash)
  const levels = siblings.map(({ side, covers }, at): ProofLevel => {
    const sibling = hashes[at] ?? new Uint8Array()
    node = side === 'left' ? nodeHash(sibling, node) : nodeHash(node, sibling)
    return { side, sibling: bytesToHex(sibling), covers, result: bytesToHex(node) }
  })
  const found = bytesToHex(root)
  return { levels, root: found, holds: found === entry.rootHash && bytesToHex(node) === found }
}

type Sibling = Pick<ProofLevel, 'side' | 'covers'>

function siblingsOf(index: number, start: number, end: number): readonly Sibling[] {
  if (end - start <= 1) return []
  let half = 1
  while (half * 2 < end - start) half *= 2
  const middle = start + half
  return index < middle
    ? [...siblingsOf(index, start, middle), { side: 'right', covers: [middle, end] }]
    : [...siblingsOf(index, middle, end), { side: 'left', covers: [start, middle] }]
}

/** What can be tampered with, to see where a proof breaks. */
export type Tampering = 'entry' | 'sibling' | 'index' | 'root'

/** The same facts with one bit flipped: of the entry itself, of the lowest given hash, of the index, of the root. */
export function tampered(facts: ProofFacts, where: Tampering, entry: Uint8Array): ProofFacts {
  switch (where) {
    case 'entry': {
      const other = entry.map((byte, at) => (at === entry.length - 1 ? byte ^ 1 : byte))
      return { ...facts, leafHash: bytesToHex(leafHash(other)) }
    }
    case 'sibling':
      return { ...facts, proofHashes: facts.proofHashes.map((hash, at) => (at === 0 ? flipped(hash) : hash)) }
    case 'index':
      return { ...facts, proofIndex: String(BigInt(facts.proofIndex) ^ 1n) }
    case 'root':
      return { ...facts, rootHash: flipped(facts.rootHash) }
    default:
      return facts
  }
}

/** Hex with its last bit flipped. */
function flipped(hex: string): string {
  const last = Number.parseInt(hex.slice(-1), 16) ^ 1
  return `${hex.slice(0, -1)}${last.toString(16)}`
}
