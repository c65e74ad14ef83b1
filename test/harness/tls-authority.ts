// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  type Extension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { type KeyFiles, makeKey } from '../../src/core/sandbox/certificates.ts'

/** A server's certificate followed by its CA's, and its key. PEM. */
export interface ServerCertificate {
  readonly certificate: string
  readonly key: string
}

/** A CA for TLS that no system trusts, as companies have them; created for each test. */
export interface TlsAuthority {
  /** PEM. */
  readonly certificate: string
  /** A certificate for these host names and addresses, valid from yesterday on for a year, or only until yesterday. */
  readonly serverCertificate: (names: readonly string[], expired?: boolean) => Promise<ServerCertificate>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 24 * 3600 * 1000

/** Creates a CA with a key of its own. */
export async function makeTlsAuthority(): Promise<TlsAuthority> {
  const key = await makeKey()
  const authority = await certify('Acme authority', key, undefined, [new BasicConstraintsExtension(true, 0, true)])
  return {
    certificate: authority.toString('pem'),
    serverCertificate: async (names, expired = false) => {
      const own = await makeKey()
      const alternatives = names.map((value) => ({
        type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
        value,
      }))
      const leaf = await certify(
        'Acme server',
        own,
        { certificate: authority, key },
        [new BasicConstraintsExtension(false, undefined, true), new SubjectAlternativeNameExtension(alternatives)],
        expired ? -dayMs : 365 * dayMs,
      )
      return { certificate: `${leaf.toString('pem')}\n${authority.toString('pem')}\n`, key: own.privatePem }
    },
  }
}

async function certify(
  name: string,
  key: KeyFiles,
  issuer: { readonly certificate: X509Certificate; readonly key: KeyFiles } | undefined,
  extensions: readonly Extension[],
  forMs = 365 * dayMs,
): Promise<X509Certificate> {
  cryptoProvider.set(webcrypto)
  return X509CertificateGenerator.create({
    serialNumber: Buffer.concat([Buffer.from([1]), randomBytes(15)]).toString('hex'),
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subject ?? `CN=${name}`,
    notBefore: new Date(Date.now() - 2 * dayMs),
    notAfter: new Date(Date.now() + forMs),
    signingAlgorithm: algorithm,
    publicKey: key.pair.publicKey,
    signingKey: (issuer?.key ?? key).pair.privateKey,
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(key.pair.publicKey),
      await AuthorityKeyIdentifierExtension.create((issuer?.key ?? key).pair.publicKey),
    ],
  })
}
