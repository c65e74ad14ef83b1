import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import type * as z from 'zod'
import { TlsReader } from '../certificates/sct.ts'
import { base64, decimal, hash, list, record, text } from '../shapes.ts'
import { leafHash } from './merkle.ts'

/** A precertificate as a static CT log holds it (https://c2sp.org/static-ct-api, "Log entries"). */
export interface CtEntry {
  readonly timestampMs: number
  /** Lower-case hex. */
  readonly issuerKeyHash: string
  /** The TBSCertificate without poison and without SCTs: what the leaf's hash covers. */
  readonly body: Uint8Array
  /** What Fulcio submitted, with its poison; DER. */
  readonly precertificate: Uint8Array
  /** SHA-256 of each certificate above it, lower-case hex. */
  readonly chain: readonly string[]
  readonly leafHash: string
}

/** The certificate's entry as read from the CT log's own files: proof that the log fulfilled the SCT. */
export const ctLogReadBackSchema = record({
  /** The newest one, as the log wrote it. */
  checkpoint: text,
  /** The leaf index of the SCT, decimal. */
  index: decimal,
  /** The entry of the data tile, base64. */
  entry: base64,
  /** The inclusion proof, recomputed from tiles, lowest hash first; lower-case hex. */
  proofHashes: list(hash),
  /** The files that were read, below the log's folder. */
  files: list(text),
})
export type CtLogReadBack = z.output<typeof ctLogReadBackSchema>

const precertEntry = 1

/** Reads an entry of a data tile. Undefined when it is not a precertificate's, or malformed. */
export function readCtEntry(bytes: Uint8Array): CtEntry | undefined {
  const reader = new TlsReader(bytes)
  const timestampMs = reader.number(8)
  if (reader.number(2) !== precertEntry) return undefined
  const issuerKeyHash = bytesToHex(reader.take(32))
  const body = reader.vector(3)
  reader.vector(2)
  const entry = bytes.subarray(0, reader.at)
  const precertificate = reader.vector(3)
  const chain = reader.vector(2)
  if (reader.broken || !reader.isEmpty || chain.length % 32 !== 0) return undefined
  return {
    timestampMs,
    issuerKeyHash,
    body,
    precertificate,
    chain: Array.from({ length: chain.length / 32 }, (_, at) => bytesToHex(chain.subarray(at * 32, at * 32 + 32))),
    // version v1, timestamped_entry, and the entry (RFC 6962 section 3.4).
    leafHash: bytesToHex(leafHash(concatBytes(Uint8Array.of(0, 0), entry))),
  }
}

/** Parses a data tile of a static CT log. Undefined when it is malformed. */
export function ctEntriesOf(tile: Uint8Array): readonly Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  for (let at = 0; at < tile.length; ) {
    const reader = new TlsReader(tile.subarray(at))
    reader.take(8)
    if (reader.number(2) === precertEntry) {
      reader.take(32)
      reader.vector(3)
      reader.vector(2)
      reader.vector(3)
    } else {
      reader.vector(3)
      reader.vector(2)
    }
    reader.vector(2)
    if (reader.broken) return undefined
    entries.push(tile.subarray(at, at + reader.at))
    at += reader.at
  }
  return entries
}
