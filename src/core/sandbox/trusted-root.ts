import { createHash, createPublicKey, type X509Certificate } from 'node:crypto'
import { HashAlgorithm, PublicKeyDetails, type TransparencyLogInstance, TrustedRoot } from '@sigstore/protobuf-specs'

/**
 * The host in the trusted root's Rekor URL. Verifiers compare it, without a port, with the origin of Rekor's
 * checkpoints; so the trusted root contains no port and stays the same while the services' ports change.
 */
export const rekorHost = 'localhost'
/** The CT log's origin: the host to which Fulcio submits. */
export const ctLogOrigin = '127.0.0.1'

/** What the verifiers of this sandbox trust, in the form that cosign and sigstore-js read (protobuf JSON). */
export function trustedRootJson(parts: {
  readonly fulcioChain: readonly X509Certificate[]
  readonly timestampChain: readonly X509Certificate[]
  /** PEM. */
  readonly ctLogPublicKey: string
  readonly rekorPublicKey: string
  /** When the logs' keys become valid. */
  readonly since: Date
}): unknown {
  const authority = (uri: string, chain: readonly X509Certificate[]) => ({
    subject: { organization: 'sigstore-attestor sandbox', commonName: commonName(chain.at(-1)) },
    uri,
    certChain: { certificates: chain.map(({ raw }) => ({ rawBytes: raw })) },
    validFor: { start: parts.since },
    operator: 'sandbox',
  })
  return TrustedRoot.toJSON({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(`http://${rekorHost}`, parts.rekorPublicKey, parts.since)],
    ctlogs: [log(`http://${ctLogOrigin}`, parts.ctLogPublicKey, parts.since)],
    certificateAuthorities: [authority('http://127.0.0.1', parts.fulcioChain)],
    timestampAuthorities: [authority('http://127.0.0.1/api/v1/timestamp', parts.timestampChain)],
  })
}

function log(baseUrl: string, publicKeyPem: string, since: Date): TransparencyLogInstance {
  const der = createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' })
  return {
    baseUrl,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: { rawBytes: der, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, validFor: { start: since } },
    // RFC 6962, 3.2: the id of a log is the SHA-256 of its public key.
    logId: { keyId: createHash('sha256').update(der).digest() },
    checkpointKeyId: undefined,
    operator: 'sandbox',
  }
}

const commonName = (certificate: X509Certificate | undefined): string =>
  /^CN=(.*)$/m.exec(certificate?.subject ?? '')?.[1] ?? ''
