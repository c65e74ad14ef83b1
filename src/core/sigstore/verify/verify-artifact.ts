import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import { HashAlgorithm } from '@sigstore/protobuf-specs'
import { type SignedEntity, type TrustMaterial, VerificationError, Verifier } from '@sigstore/verify'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { readFulcioCertificate } from '../../domain/certificates/certificate.ts'
import { type SignerIdentity, sameSigner } from '../../domain/identity.ts'
import { parseJson } from '../../domain/json.ts'
import { type Digest, digestHex, digestOf } from '../../domain/oci/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { canVerify, readTrust } from '../trust/trust-material.ts'
import { verifyPrehashed } from './prehashed.ts'
import { readBundle } from './read-bundle.ts'
import { signedEntity, timestampsOf, verifyTimestamps } from './signing-times.ts'

/** The expected signer: an identity that Fulcio certified, or a key. */
export type ExpectedSigner =
  | { readonly kind: 'identity'; readonly identity: SignerIdentity }
  /** A public key in PEM. */
  | { readonly kind: 'key'; readonly pem: string }

/** What was signed: the bytes, or only their SHA-256. */
export type Artifact =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'digest'; readonly digest: Digest }

/** What was verified. */
export interface VerifiedArtifact {
  readonly digest: Digest
  /** Predicate type of the statement, for a DSSE envelope. */
  readonly predicateType: string | undefined
}

/**
 * Verifies any Sigstore bundle offline, by the rules of the Sigstore client specification: a message signature or a
 * DSSE envelope, of a certificate or a key, of Rekor v1 or v2, in the versions 0.1 to 0.3. An in-toto statement must
 * name the artifact among its subjects. One log entry, one SCT and one time are required. Signers are compared byte
 * for byte. Never throws for anything that a bundle, a key or a trusted root holds.
 */
export function verifyArtifact(options: {
  /** The bundle's JSON. */
  readonly bundle: string
  /** The trusted root's JSON. */
  readonly trustedRoot: string
  readonly artifact: Artifact
  readonly signer: ExpectedSigner
}): Result<VerifiedArtifact> {
  const { artifact, signer } = options
  const keyMaterial = signer.kind === 'key' ? readKey(signer.pem) : undefined
  if (keyMaterial !== undefined && !keyMaterial.ok) return keyMaterial
  const trust = readTrust(options.trustedRoot)
  if (!trust.ok) return trust
  if (!canVerify()) return err(refused('a runtime that verifies ECDSA signatures', 'one that cannot'))
  const digest = artifact.kind === 'bytes' ? digestOf(artifact.bytes) : artifact.digest
  const read = readBundle(options.bundle)
  if (!read.ok) return read
  const bundle = read.value
  const signed = checkSigner(bundle, signer)
  if (!signed.ok) return signed
  const about = checkContent(bundle, digest)
  if (!about.ok) return about
  const stamped = timestampsOf(bundle)
  const times = verifyTimestamps(stamped.timestamps, stamped.signature, trust.value.timestampAuthorities)
  try {
    const entity = signedEntity(bundle, times, artifact.kind === 'bytes' ? artifact.bytes : undefined)
    new Verifier(withKey(trust.value.material, keyMaterial?.value), {
      tlogThreshold: 1,
      ctlogThreshold: 1,
      timestampThreshold: signer.kind === 'key' ? 0 : 1,
    }).verify(artifact.kind === 'bytes' ? entity : byDigest(entity, bundle, digest))
    return ok({ digest, predicateType: about.value })
  } catch (error) {
    const found = error instanceof Error ? error.message : 'unknown'
    const aboutTime = error instanceof VerificationError && error.code === 'TIMESTAMP_ERROR'
    const problems = aboutTime ? times.problems : []
    return err(refused('a bundle that passes every check', [found, ...problems].join('; ')))
  }
}

const statementSchema = z.object({
  _type: z.string().startsWith('https://in-toto.io/Statement/'),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string(),
})

/** Whether the bundle covers these bytes. Returns the predicate type, if there is one. */
function checkContent(bundle: Bundle, digest: Digest): Result<string | undefined> {
  const { content } = bundle
  if (content.$case === 'messageSignature') {
    const { messageDigest } = content.messageSignature
    const named = messageDigest.digest.toString('hex')
    if (messageDigest.algorithm === HashAlgorithm.SHA2_256 && named !== digestHex(digest)) {
      return err(refused(`a signature of ${digest}`, `one of sha256:${named}`))
    }
    return ok(undefined)
  }
  const { payloadType, payload } = content.dsseEnvelope
  const statement = statementSchema.safeParse(parseJson(payload.toString('utf8')))
  if (payloadType !== 'application/vnd.in-toto+json' || !statement.success) {
    return err(refused('an in-toto statement', `payload type ${JSON.stringify(payloadType)}`))
  }
  if (!statement.data.subject.some((subject) => subject.digest['sha256'] === digestHex(digest))) {
    return err(refused(`a statement that names ${digest}`, 'it names other subjects'))
  }
  return ok(statement.data.predicateType)
}

/** Without the bytes the library cannot check a message signature; the hash is enough here. */
function byDigest(entity: SignedEntity, bundle: Bundle, digest: Digest): SignedEntity {
  if (bundle.content.$case !== 'messageSignature') return entity
  const { signature } = entity
  const hash = Buffer.from(digestHex(digest), 'hex')
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareSignature: (other) => signature.compareSignature(other),
      compareDigest: (other) => other.equals(hash),
      compareSignedDigest: (other) => other.equals(hash),
      verifySignature: (key) => {
        const verdict = verifyPrehashed(key, hash, signature.signature)
        if (verdict === undefined) throw new Error('a signature by this kind of key needs the file, not its digest')
        return verdict
      },
    },
  }
}

/** Whether the expected signer signed, by the same certificate reader that the plugin's selectors come from. */
function checkSigner({ verificationMaterial }: Bundle, expected: ExpectedSigner): Result<undefined> {
  const { content } = verificationMaterial
  if (expected.kind === 'key') {
    const byKey = content.$case === 'publicKey'
    return byKey ? ok(undefined) : err(refused('a bundle signed with a key', 'one with a certificate'))
  }
  const wanted = `${expected.identity.subject}, issued by ${expected.identity.issuer}`
  if (content.$case === 'publicKey') return err(refused(wanted, 'a key without an identity'))
  const leaf = content.$case === 'certificate' ? content.certificate : content.x509CertificateChain.certificates[0]
  const certificate = readFulcioCertificate(leaf?.rawBytes ?? new Uint8Array())
  if (!certificate.ok) return certificate
  const { signer } = certificate.value
  if (sameSigner(signer, expected.identity)) return ok(undefined)
  return err(refused(wanted, `${signer.subject}, issued by ${signer.issuer}`))
}

/** A key matches whatever hint the bundle gives: the caller named it. Without a key there is no match. */
const withKey = (trust: TrustMaterial, key: KeyObject | undefined): TrustMaterial =>
  key === undefined ? trust : { ...trust, publicKey: () => ({ publicKey: key, validFor: () => true }) }

function readKey(pem: string): Result<KeyObject> {
  try {
    return ok(createPublicKey(pem))
  } catch {
    return err(
      appError('sigstore.key', 'The public key cannot be read.', 'Name a file with a public key in PEM.', {
        expected: 'a public key in PEM',
        found: 'another text',
      }),
    )
  }
}

const refused = (expected: string, found: string) =>
  appError('sigstore.refused', 'The bundle does not verify.', 'Sign it again, or name who really signed it.', {
    expected,
    found,
  })
