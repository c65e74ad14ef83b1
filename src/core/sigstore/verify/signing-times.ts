import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import { type SignedEntity, toSignedEntity } from '@sigstore/verify'
import { readTimestamp } from '../../domain/bundle/timestamp.ts'
import { allPassed, type CheckedTimestamp, checkTimestamp } from '../../domain/bundle/timestamp-checks.ts'
import {
  checkSignature,
  hashes,
  type SignatureSpec,
  type SignatureVerdict,
} from '../../domain/certificates/public-key.ts'
import type { TrustedAuthority } from '../../domain/certificates/trust.ts'

/** What the RFC 3161 timestamps of a bundle prove. */
export interface SigningTimes {
  readonly proved: readonly {
    /** ISO 8601 UTC, without the fraction. */
    readonly time: string
    /** With the fraction, in milliseconds since 1970. */
    readonly moment: number
    readonly by: CheckedTimestamp
  }[]
  /** Why the others prove nothing, one sentence each. */
  readonly problems: readonly string[]
}

/**
 * Verifies the RFC 3161 timestamps of a signature. As in cosign, each stands alone: one that does not verify proves
 * nothing, and whether the others suffice is for the caller to say (sigstore-go, pkg/verify/tsa.go).
 */
export function verifyTimestamps(
  timestamps: readonly Uint8Array[],
  signature: Uint8Array,
  authorities: readonly TrustedAuthority[],
): SigningTimes {
  const proved: SigningTimes['proved'][number][] = []
  const problems: string[] = []
  for (const der of timestamps) {
    const stamp = readTimestamp(der)
    const checked = stamp === undefined ? undefined : checkTimestamp(stamp, signature, authorities, checkWithOpenssl)
    const wrong = checked?.checks.find(({ verdict }) => verdict !== 'passed')
    if (stamp === undefined || checked === undefined) problems.push('a timestamp that is no RFC 3161 response')
    else if (allPassed(checked)) proved.push({ time: stamp.time, moment: stamp.moment, by: checked })
    else problems.push(`the timestamp of ${stamp.time}: expected ${wrong?.expected ?? ''}; found ${wrong?.found ?? ''}`)
  }
  return { proved, problems }
}

/** The RFC 3161 timestamps of a bundle, and the signature that they are about. */
export function timestampsOf({ content, verificationMaterial }: Bundle): {
  readonly timestamps: readonly Uint8Array[]
  readonly signature: Uint8Array
} {
  return {
    timestamps: (verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map(
      ({ signedTimestamp }) => signedTimestamp,
    ),
    signature:
      content.$case === 'dsseEnvelope'
        ? (content.dsseEnvelope.signatures[0]?.sig ?? new Uint8Array())
        : content.messageSignature.signature,
  }
}

/**
 * A bundle for the library, with signing times that were verified here. Its own timestamp reader rejects times with
 * another fraction than three digits, RSA with SHA-384 or SHA-512 and certificates that the timestamp carries, and lets
 * one bad timestamp fail the others (sigstore-js, packages/core/src/asn1/parse.ts and rfc3161, packages/verify
 * /src/timestamp/tsa.ts; RustCrypto/formats#2061 and cosign#3632 have the inputs). It takes the time of a log's promise
 * as it is, so the times are given to it in that form.
 */
export function signedEntity(bundle: Bundle, { proved }: SigningTimes, bytes?: Buffer): SignedEntity {
  const material = { ...bundle.verificationMaterial, timestampVerificationData: undefined }
  const entity = toSignedEntity({ ...bundle, verificationMaterial: material }, bytes)
  const times = proved.map(({ moment }, at): SignedEntity['timestamps'][number] => ({
    $case: 'transparency-log',
    tlogEntry: {
      // The library refuses the same time of the same source twice.
      logId: { keyId: Buffer.from(`timestamp ${at}`) },
      logIndex: '0',
      kindVersion: { kind: 'timestamp', version: '' },
      integratedTime: String(moment / 1000),
      inclusionPromise: { signedEntryTimestamp: Buffer.alloc(0) },
      inclusionProof: undefined,
      canonicalizedBody: Buffer.alloc(0),
    },
  }))
  return { ...entity, timestamps: [...entity.timestamps, ...times] }
}

/** `checkSignature` with OpenSSL, which is faster. */
function checkWithOpenssl(spec: SignatureSpec): SignatureVerdict {
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.from(spec.spki), format: 'der', type: 'spki' })
  } catch {
    return 'could-not-check'
  }
  const hash = hashes[spec.hash ?? '2.16.840.1.101.3.4.2.1']?.name.replace('-', '')
  // The rules about keys are in one place; there are few of RSA.
  if (key.asymmetricKeyType !== 'ec' || hash === undefined) return checkSignature(spec)
  try {
    return verify(hash, spec.message, key, spec.signature) ? 'passed' : 'failed'
  } catch {
    return 'failed'
  }
}
