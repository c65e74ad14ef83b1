import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { checkSignature, keyName } from '../certificates/public-key.ts'
import { TlsReader } from '../certificates/sct.ts'
import type { TrustedLog } from '../certificates/trust.ts'
import type { Verdict } from '../verdict.ts'
import type { Checkpoint, CheckpointSignature } from './log-entry.ts'
import { shardOrigin } from './rekor-v1.ts'

/** One signature line of a checkpoint, checked against the keys that the trusted root names. */
export interface CheckpointLine {
  readonly name: string
  /** Four bytes, lower-case hex. */
  readonly keyHint: string
  /** Of the trusted key; null if no trusted key has this name and hint. */
  readonly algorithm: string | null
  /** The trusted log with this key. */
  readonly log: TrustedLog | null
  /** not-checked if the key is not trusted. */
  readonly verdict: Verdict
}

/**
 * Checks each signature line of a checkpoint. `ct` is the form that a static CT log writes: an RFC 6962 tree head
 * instead of a signature over the text (https://c2sp.org/static-ct-api, "Checkpoints").
 */
export const checkpointLines = (
  checkpoint: Checkpoint,
  logs: readonly TrustedLog[],
  form: 'note' | 'ct',
): readonly CheckpointLine[] =>
  checkpoint.signatures.map((line) => {
    const { name, keyHint } = line
    const own = name === checkpoint.origin || (form === 'note' && name === shardOrigin(checkpoint.origin)?.name)
    const log = own ? logs.find((each) => hintsOf(each, name, form).includes(keyHint)) : undefined
    if (log === undefined) return { name, keyHint, algorithm: null, log: null, verdict: 'not-checked' }
    const verdict = form === 'ct' ? checkTreeHead(checkpoint, line, log) : checkText(checkpoint, line, log)
    return { name, keyHint, algorithm: keyName(log.publicKey), log, verdict }
  })

// https://c2sp.org/signed-note hashes name and key; Rekor uses the log's id instead if the key is ECDSA.
function hintsOf(log: TrustedLog, name: string, form: 'note' | 'ct'): readonly string[] {
  const [type, key] = form === 'ct' ? [5, hexToBytes(log.logId)] : [1, log.publicKey.subarray(-32)]
  const hashed = bytesToHex(sha256(concatBytes(utf8ToBytes(`${name}\n`), Uint8Array.of(type), key))).slice(0, 8)
  return form === 'ct' ? [hashed] : [log.logId.slice(0, 8), hashed]
}

const checkText = (checkpoint: Checkpoint, { signature }: CheckpointSignature, log: TrustedLog): Verdict =>
  checkSignature({ spki: log.publicKey, message: utf8ToBytes(checkpoint.signedText), signature })

function checkTreeHead(checkpoint: Checkpoint, line: CheckpointSignature, log: TrustedLog): Verdict {
  const reader = new TlsReader(line.signature)
  const timestamp = reader.take(8)
  // Hash and signature algorithm; the key determines both.
  reader.take(2)
  const signature = reader.vector(2)
  if (reader.broken || !reader.isEmpty) return 'failed'
  const size = hexToBytes(BigInt(checkpoint.treeSize).toString(16).padStart(16, '0'))
  // RFC 6962 section 3.5: version v1, tree_hash.
  const head = concatBytes(Uint8Array.of(0, 1), timestamp, size, hexToBytes(checkpoint.rootHash))
  return checkSignature({ spki: log.publicKey, message: head, signature })
}
