import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64Of } from '../bundle/bundle-encoding.ts'
import { checkSignature, type SignatureVerdict } from '../certificates/public-key.ts'

/** Rekor v1's signed entry timestamp: a signed promise to hold an entry. Rekor v2 has none. */
export interface LogPromise {
  /** When the log says it added the entry: seconds since the epoch. */
  readonly integratedTime: number
  readonly signature: Uint8Array
}

/** What the promise covers. */
export interface PromisedEntry {
  /** The entry as the log holds it. */
  readonly body: string
  /** Lower-case hex. */
  readonly logId: string
  /** Decimal. */
  readonly logIndex: string
}

/**
 * Whether the log with this key (SubjectPublicKeyInfo, DER) signed the promise for this very entry. It signs the
 * entry's JSON by RFC 8785 (github.com/sigstore/rekor, pkg/verify, VerifySignedEntryTimestamp).
 */
export function checkPromise(promise: LogPromise, entry: PromisedEntry, spki: Uint8Array): SignatureVerdict {
  const signed = JSON.stringify({
    body: base64Of(utf8ToBytes(entry.body)),
    integratedTime: promise.integratedTime,
    logID: entry.logId,
    logIndex: Number(entry.logIndex),
  })
  return checkSignature({ spki, message: utf8ToBytes(signed), signature: promise.signature })
}
