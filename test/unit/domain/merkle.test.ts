import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hashOfRange,
  isConsistent,
  leafHash,
  nodeHash,
  proofOf,
  rootOfProof,
} from '../../../src/core/domain/log/merkle.ts'
import { consistencyProof } from '../../fixtures/own-rekor-v1.ts'

const hex = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? 'none' : Buffer.from(bytes).toString('hex')
const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from([index])))

/** The definition of RFC 6962, word for word. */
function root(from: readonly Uint8Array[]): Uint8Array {
  const [only] = from
  if (only !== undefined && from.length === 1) return only
  let split = 1
  while (split * 2 < from.length) split *= 2
  return nodeHash(root(from.slice(0, split)), root(from.slice(split)))
}
const subtree = async (level: number, index: bigint): Promise<Uint8Array> =>
  root(leaves.slice(Number(index) * 2 ** level, (Number(index) + 1) * 2 ** level))

describe('Merkle trees', () => {
  it('hashes a leaf and a node as RFC 6962 says', () => {
    expect(hex(leafHash(new Uint8Array()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(hex(nodeHash(leafHash(new Uint8Array()), leafHash(new Uint8Array())))).toBe(
      hex(root([leafHash(new Uint8Array()), leafHash(new Uint8Array())])),
    )
  })

  it('makes proofs that lead to the root, for every leaf of every size up to 70', async () => {
    for (let size = 1; size <= leaves.length; size++) {
      const expected = hex(root(leaves.slice(0, size)))
      expect(hex(await hashOfRange(0n, BigInt(size), subtree))).toBe(expected)
      for (let index = 0; index < size; index += size > 20 ? 7 : 1) {
        const proof = await proofOf(BigInt(index), BigInt(size), subtree)
        expect(hex(rootOfProof(leaves[index]!, BigInt(index), BigInt(size), proof))).toBe(expected)
      }
    }
  })

  it('finds another root, or none, when leaf, index or a hash differs', async () => {
    const proof = await proofOf(5n, 13n, subtree)
    const expected = hex(root(leaves.slice(0, 13)))
    expect(hex(rootOfProof(leaves[6]!, 5n, 13n, proof))).not.toBe(expected)
    expect(hex(rootOfProof(leaves[5]!, 4n, 13n, proof))).not.toBe(expected)
    const [, ...rest] = proof
    expect(hex(rootOfProof(leaves[5]!, 5n, 13n, [leaves[0]!, ...rest]))).not.toBe(expected)
  })

  it('is undefined when the number of hashes does not fit, or the index lies outside', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 300n), fc.bigInt(0n, 300n), fc.nat(20), (index, size, count) => {
        const answer = rootOfProof(leaves[0]!, index, size, leaves.slice(0, count))
        return index < size ? answer === undefined || count <= 9 : answer === undefined
      }),
    )
    expect(rootOfProof(leaves[0]!, -1n, 4n, [])).toBeUndefined()
    expect(rootOfProof(leaves[0]!, 0n, 2n, [])).toBeUndefined()
    expect(rootOfProof(leaves[0]!, 0n, 1n, [leaves[1]!])).toBeUndefined()
  })
})

describe('consistency proofs', () => {
  const head = (size: number) => ({ size: BigInt(size), root: root(leaves.slice(0, size)) })

  it('hold between every two trees of up to 20 leaves, and for no other tree, hash or number of hashes', () => {
    for (let last = 2; last <= 20; last++) {
      for (let first = 1; first < last; first++) {
        const hashes = consistencyProof(first, leaves.slice(0, last))
        const all = (...[from, to, by]: Parameters<typeof isConsistent>): string =>
          `${first} ${last} ${isConsistent(from, to, by)}`
        expect(all(head(first), head(last), hashes)).toBe(`${first} ${last} true`)
        const other = { ...head(first), root: leaves[69]! }
        expect(all(other, head(last), hashes)).toBe(`${first} ${last} false`)
        expect(all(head(first), { ...head(last), root: leaves[69]! }, hashes)).toBe(`${first} ${last} false`)
        expect(all(head(first), head(last), hashes.slice(1))).toBe(`${first} ${last} false`)
        expect(all(head(first), head(last), [...hashes, leaves[69]!])).toBe(`${first} ${last} false`)
        expect(all(head(first), head(last), [...hashes.slice(0, -1), leaves[69]!])).toBe(`${first} ${last} false`)
      }
    }
  })

  it('exist only if the second tree is the larger, and the first has a leaf', () => {
    expect(isConsistent(head(4), head(4), [])).toBe(false)
    expect(isConsistent(head(5), head(4), [leaves[0]!])).toBe(false)
    expect(isConsistent({ size: 0n, root: leaves[0]! }, head(4), [leaves[0]!])).toBe(false)
  })
})
