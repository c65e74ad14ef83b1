import { bytesToHex } from '@noble/hashes/utils.js'
import { appError } from '../app-error.ts'
import { bytesOfBase64 } from '../bundle/bundle-encoding.ts'
import { err, ok, type Result } from '../result.ts'
import type { LogPromise } from './log-promise.ts'

/** The contents of a log's checkpoint (https://c2sp.org/tlog-checkpoint), with the signed bytes. */
export interface Checkpoint {
  readonly origin: string
  /** Decimal. */
  readonly treeSize: string
  /** Lower-case hex. */
  readonly rootHash: string
  /** The text that the signatures cover, with its last line feed. */
  readonly signedText: string
  readonly signatures: readonly CheckpointSignature[]
}

/** One signature line of a checkpoint; the key hint is the first four bytes, in hex. */
export interface CheckpointSignature {
  readonly name: string
  readonly keyHint: string
  readonly signature: Uint8Array
}

/** The entry of a signature in the transparency log. Hashes are lower-case hex, numbers decimal text. */
export interface LogEntryFacts {
  /** The index that the log gave the entry; with several shards it differs from the proof's. */
  readonly logIndex: string
  readonly proofIndex: string
  readonly logId: string
  readonly kind: string
  readonly version: string
  /** Size, root and origin are in the checkpoint, which the log signed. */
  readonly treeSize: string
  readonly rootHash: string
  readonly origin: string
  readonly hashes: readonly string[]
  readonly checkpoint: string
  /** The entry as the log holds it. */
  readonly canonicalizedBody: string
  /** SHA-256 over 0x00 and the entry. */
  readonly leafHash: string
  /** The signed entry timestamp; null without one, as always in Rekor v2. */
  readonly promise: LogPromise | null
}

/**
 * Whether an entry has the index that its proof is about. Neither checkpoint nor proof covers the entry's own index; in
 * a log without signed entry timestamps it must be the proof's. With one (Rekor v1), the log signed it, and shards make
 * the two differ. An index is a whole number in canonical decimal form.
 */
export const isIndexOfProof = ({
  logIndex,
  promise,
  proofIndex,
}: {
  readonly logIndex: string
  readonly promise: unknown
  readonly proofIndex?: string
}): boolean => /^(?:0|[1-9][0-9]{0,17})$/.test(logIndex) && (promise !== null || logIndex === proofIndex)

/** Reads a signed checkpoint. Nothing is verified. */
export function parseCheckpoint(text: string): Result<Checkpoint> {
  const end = text.indexOf('\n\n')
  const [origin, treeSize, root] = text.slice(0, Math.max(end, 0)).split('\n')
  const rootHash = bytesOfBase64(root ?? '')
  const signatures = text
    .slice(end + 2)
    .split('\n')
    .filter((line) => line !== '')
    .map(parseSignatureLine)
  if (
    end < 0 ||
    origin === undefined ||
    origin === '' ||
    treeSize === undefined ||
    !/^(?:0|[1-9][0-9]{0,17})$/.test(treeSize) ||
    rootHash?.length !== 32 ||
    signatures.length === 0 ||
    signatures.length > 16
  ) {
    return err(invalid(text))
  }
  const known = signatures.filter((signature) => signature !== undefined)
  if (known.length !== signatures.length) return err(invalid(text))
  return ok({
    origin,
    treeSize,
    rootHash: bytesToHex(rootHash),
    signedText: text.slice(0, end + 1),
    signatures: known,
  })
}

// https://c2sp.org/signed-note: an em dash, the key's name, base64 of a four byte hint and the signature.
function parseSignatureLine(line: string): CheckpointSignature | undefined {
  const [, name, coded] = /^\u2014 (\S{1,500}) ([A-Za-z0-9+/=]{1,2000})$/u.exec(line) ?? []
  const bytes = coded === undefined ? undefined : bytesOfBase64(coded)
  if (name === undefined || bytes === undefined || bytes.length < 5) return undefined
  return { name, keyHint: bytesToHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
}

const invalid = (text: string) =>
  appError(
    'sigstore.checkpoint-invalid',
    'The log\u2019s checkpoint cannot be read.',
    'Sign again; if it stays, the log writes checkpoints of another form.',
    {
      expected: 'origin, tree size, root hash and a signature, a line each',
      found: JSON.stringify(text.slice(0, 200)),
    },
  )
