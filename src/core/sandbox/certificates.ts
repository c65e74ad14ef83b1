import { pemOf } from '../domain/certificates/pem.ts'
// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import { createPublicKey, type webcrypto as NodeWebCrypto, randomBytes, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A key pair as the sandbox's programs read it. */
export interface KeyFiles {
  readonly pair: NodeWebCrypto.CryptoKeyPair
  /** PKCS#8. */
  readonly privatePem: string
  /** SubjectPublicKeyInfo. */
  readonly publicPem: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const tenYearsMs = 10 * 365 * 24 * 3600 * 1000

/** A new ECDSA P-256 key: the curve whose log id does not depend on the log's name. */
export async function makeKey(): Promise<KeyFiles> {
  const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey))
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', pair.publicKey))
  return {
    pair,
    privatePem: pemOf('PRIVATE KEY', pkcs8),
    publicPem: createPublicKey({ key: spki, format: 'der', type: 'spki' })
      .export({ type: 'spki', format: 'pem' })
      .toString(),
  }
}

/** A self-signed CA that signs leaves only. */
export async function makeAuthority(name: string, key: KeyFiles, notBefore: Date): Promise<X509Certificate> {
  return makeCertificate({
    subject: name,
    key,
    issuer: undefined,
    notBefore,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
}

/** The leaf that signs timestamps. RFC 3161, 2.3: its only purpose is timeStamping, and that extension is critical. */
export async function makeTimestampLeaf(
  name: string,
  key: KeyFiles,
  issuer: { certificate: X509Certificate; key: KeyFiles },
): Promise<X509Certificate> {
  return makeCertificate({
    subject: name,
    key,
    issuer,
    notBefore: issuer.certificate.notBefore,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.timeStamping], true),
    ],
  })
}

async function makeCertificate(spec: {
  readonly subject: string
  readonly key: KeyFiles
  readonly issuer: { certificate: X509Certificate; key: KeyFiles } | undefined
  readonly notBefore: Date
  readonly extensions: readonly Extension[]
}): Promise<X509Certificate> {
  cryptoProvider.set(webcrypto)
  const issuer = spec.issuer?.certificate.subject ?? `CN=${spec.subject}, O=sigstore-attestor sandbox`
  return X509CertificateGenerator.create({
    // RFC 5280, 4.1.2.2: positive and at most 20 octets.
    serialNumber: Buffer.concat([Buffer.from([1]), randomBytes(15)]).toString('hex'),
    subject: `CN=${spec.subject}, O=sigstore-attestor sandbox`,
    issuer,
    notBefore: spec.notBefore,
    notAfter: new Date(spec.notBefore.getTime() + tenYearsMs),
    signingAlgorithm: algorithm,
    publicKey: spec.key.pair.publicKey,
    signingKey: (spec.issuer?.key ?? spec.key).pair.privateKey,
    extensions: [...spec.extensions, await SubjectKeyIdentifierExtension.create(spec.key.pair.publicKey)],
  })
}
