import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { SignatureFacts } from '../bundle/bundle.ts'
import type { Check } from '../verdict.ts'
import type { LogBody } from './log-body.ts'

export type LogBodyCheckId = 'certificate' | 'hash' | 'logged-signature'

/**
 * Whether an entry is about this very signature: its certificate, its hash and its signature against the bundle's; the
 * last of them only if the kind of entry holds one. For an unknown kind nothing is checked.
 */
export function checkLogBody(body: LogBody, facts: SignatureFacts): readonly Check<LogBodyCheckId>[] {
  const { bytes, certificate } = facts
  const logged = body.certificate === null ? null : bytesToHex(sha256(body.certificate))
  const row = (id: LogBodyCheckId, expected: string, wanted: string, found: string | null): Check<LogBodyCheckId> => {
    if (!body.known)
      return { id, verdict: 'not-checked', expected, found: `kind ${body.kind} ${body.version} is not known here` }
    if (found === wanted) return { id, verdict: 'passed', expected, found }
    return {
      id,
      verdict: found === null ? 'not-present' : 'failed',
      expected,
      found: found ?? `none in an entry of kind ${body.kind} ${body.version}`,
      remedy: 'Trust nothing that this entry says; sign the image again.',
    }
  }
  const [signature, hash] = [bytesToHex(sha256(bytes.signature)), loggedHash(body, facts)]
  return [
    row('certificate', `the certificate of the bundle, ${certificate.fingerprint}`, certificate.fingerprint, logged),
    row('hash', `the hash ${hash}`, hash, body.hash),
    ...(body.keepsSignature || !body.known
      ? [
          row(
            'logged-signature',
            `the signature of the bundle, its SHA-256 ${signature}`,
            signature,
            body.signature === null ? null : bytesToHex(sha256(body.signature)),
          ),
        ]
      : []),
  ]
}

/** The hash that an entry of this kind has to cover, lower-case hex. */
export const loggedHash = ({ covers }: LogBody, { bytes }: SignatureFacts): string =>
  bytesToHex(sha256(covers === 'payload' ? bytes.payload : bytes.signed))
