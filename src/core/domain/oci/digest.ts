import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

declare const brand: unique symbol

/** A content digest as the OCI image spec writes it: `sha256:` and 64 lower-case hex characters. */
export type Digest = `sha256:${string}` & { readonly [brand]: 'Digest' }

const pattern = /^sha256:[0-9a-f]{64}$/

/** Whether the text is a digest in the one form this project uses. */
export const isDigest = (text: unknown): text is Digest => typeof text === 'string' && pattern.test(text)

/** The digest in the text, or undefined for anything else (other algorithms and upper case included). */
export const parseDigest = (text: unknown): Digest | undefined => (isDigest(text) ? text : undefined)

/** The digest of these bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  const text = `sha256:${bytesToHex(sha256(bytes))}`
  if (!isDigest(text)) throw new Error('unreachable: SHA-256 has 32 bytes')
  return text
}

/** The 64 hex characters of a digest, without the algorithm. */
export const digestHex = (digest: Digest): string => digest.slice('sha256:'.length)
