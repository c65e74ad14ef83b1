// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import { createPrivateKey, sign, webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readFulcioCertificate } from '../../../src/core/domain/certificates/certificate.ts'
import { derOf, derTag } from '../../../src/core/domain/certificates/certificate-der.ts'
import { runCommand } from '../../../src/core/process/command.ts'
import { makeKey } from '../../../src/core/sandbox/certificates.ts'
import { program } from '../../integration/programs.ts'

let folder: string
beforeAll(() => {
  cryptoProvider.set(webcrypto)
  folder = mkdtempSync(join(tmpdir(), 'user-name-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const issuer = 'https://issuer.example'
const userType = Uint8Array.from([0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x07])
const day = 24 * 3600 * 1000

/** A certificate as Fulcio issues it for a user name, its CA, and a signature of its key; in files for cosign. */
async function signedAs(user: string) {
  const [root, leaf] = [await makeKey(), await makeKey()]
  const valid = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
  const ca = await X509CertificateGenerator.create({
    subject: 'CN=ca',
    issuer: 'CN=ca',
    ...valid,
    signingAlgorithm: algorithm,
    publicKey: root.pair.publicKey,
    signingKey: root.pair.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(root.pair.publicKey),
    ],
  })
  const text = derOf(derTag.utf8String, Buffer.from(user))
  const san = derOf(derTag.sequence, derOf(0xa0, derOf(derTag.oid, userType), derOf(0xa0, text)))
  const certificate = await X509CertificateGenerator.create({
    issuer: 'CN=ca',
    subject: '',
    ...valid,
    signingAlgorithm: algorithm,
    publicKey: leaf.pair.publicKey,
    signingKey: root.pair.privateKey,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.3']),
      new Extension('2.5.29.17', true, san),
      new Extension('1.3.6.1.4.1.57264.1.1', false, Buffer.from(issuer)),
    ],
  })
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  return {
    der: new Uint8Array(certificate.rawData),
    ca: file('ca.pem', ca.toString('pem')),
    certificate: file('leaf.pem', certificate.toString('pem')),
    blob: file('blob', 'hello'),
    signature: file(
      'blob.sig',
      sign('sha256', Buffer.from('hello'), createPrivateKey(leaf.privatePem)).toString('base64'),
    ),
  }
}

const cosign = program('cosign')
it.skipIf(cosign === undefined).each([
  ['engineer!sandbox.example', 'engineer!sandbox.example', true],
  ['jo@lan!sandbox.example', 'jo@lan!sandbox.example', true],
  ['engineer!sandbox.example', 'engineer', false],
  ['engineer!sandbox.example', 'engineer@sandbox.example', false],
])(
  'a certificate for the user name %s is one of %s for us as for the real cosign: %s',
  async (user, identity, same) => {
    const made = await signedAs(user)
    const outcome = await runCommand({
      program: cosign ?? '',
      args: [
        'verify-blob',
        `--certificate=${made.certificate}`,
        `--signature=${made.signature}`,
        `--ca-roots=${made.ca}`,
        `--certificate-identity=${identity}`,
        `--certificate-oidc-issuer=${issuer}`,
        '--insecure-ignore-sct',
        '--insecure-ignore-tlog',
        '--new-bundle-format=false',
        made.blob,
      ],
      timeoutMs: 30_000,
    })
    expect({ cosign: outcome.kind === 'exited' && outcome.exitCode === 0, says: outcome.stderr }).toMatchObject({
      cosign: same,
    })
    const read = readFulcioCertificate(made.der)
    expect(read.ok && read.value.signer.subject === identity).toBe(same)
  },
)
