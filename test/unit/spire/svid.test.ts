// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { readSvid } from '../../../src/core/domain/spiffe/read-svid.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const at = new Date('2026-11-21T10:00:00Z')
const notBefore = new Date('2026-11-21T09:00:00Z')
const notAfter = new Date('2026-11-21T11:00:00Z')
const newKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

interface Made {
  readonly pem: string
  readonly keys: CryptoKeyPair
  readonly name: string
}
type CryptoKeyPair = Awaited<ReturnType<typeof newKeys>>

async function make(
  name: string,
  extensions: Extension[],
  issuer?: Made,
  dates = { notBefore, notAfter },
): Promise<Made> {
  const keys = await newKeys()
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '0aFF',
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    ...dates,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions,
  })
  return { pem: certificate.toString('pem'), keys, name }
}

const authority = (name: string, issuer?: Made) =>
  make(
    name,
    [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
    issuer,
  )
const hello: JsonGeneralNames = [{ type: 'url', value: 'spiffe://demo.test/hello' }]
const good = (names: JsonGeneralNames = hello): Extension[] => [
  new BasicConstraintsExtension(false),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
  new SubjectAlternativeNameExtension(names),
]

async function failed(chain: readonly Made[], bundle: readonly Made[]): Promise<string[]> {
  const svid = await readSvid({ chainPem: chain.map(({ pem }) => pem), bundlePem: bundle.map(({ pem }) => pem), at })
  if (!svid.ok) throw new Error(svid.error.what)
  return svid.value.checks.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)
}

describe('readSvid', () => {
  it('reads the facts of a certificate that the bundle verifies', async () => {
    const root = await authority('root')
    const leaf = await make('leaf', good(), root)
    const svid = await readSvid({ chainPem: [leaf.pem], bundlePem: [root.pem], at })
    expect(svid).toMatchObject({
      ok: true,
      value: {
        spiffeId: 'spiffe://demo.test/hello',
        notBefore: notBefore.toISOString(),
        notAfter: notAfter.toISOString(),
        serial: '0aff',
      },
    })
    expect(await failed([leaf], [root])).toEqual([])
  })

  it('follows intermediates, and any of several CAs', async () => {
    const root = await authority('root')
    const between = await authority('between', root)
    const leaf = await make('leaf', good(), between)
    expect(await failed([leaf, between], [await authority('other'), root])).toEqual([])
    expect(await failed([leaf], [root])).toEqual(['chain'])
  })

  it('does not accept another CA of the same name, an issuer that is not a CA, or an empty bundle', async () => {
    const root = await authority('root')
    const leaf = await make('leaf', good(), root)
    expect(await failed([leaf], [await authority('root')])).toEqual(['chain'])
    expect(await failed([leaf], [])).toEqual(['chain'])
    const under = await make('under', good(), leaf)
    expect(await failed([under, leaf], [root])).toEqual(['chain'])
  })

  it.each<[string, JsonGeneralNames]>([
    ['two URI names', [...hello, { type: 'url', value: 'spiffe://demo.test/other' }]],
    ['a name that is no SPIFFE ID', [{ type: 'url', value: 'https://demo.test/hello' }]],
    ['no path', [{ type: 'url', value: 'spiffe://demo.test' }]],
    ['a DNS name only', [{ type: 'dns', value: 'demo.test' }]],
  ])('refuses a certificate with %s', async (_, names) => {
    const root = await authority('root')
    expect(await failed([await make('leaf', good(names), root)], [root])).toEqual(['uri-san'])
  })

  it('refuses a leaf that may sign others', async () => {
    const root = await authority('root')
    const [, , usages, san] = good()
    if (!usages || !san) throw new Error('unreachable')
    const extensions = [
      new BasicConstraintsExtension(true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      usages,
      san,
    ]
    expect(await failed([await make('leaf', extensions, root)], [root])).toEqual(['not-a-ca', 'key-usage'])
  })

  it('requires a critical key usage and both purposes, when there are purposes', async () => {
    const root = await authority('root')
    const san = new SubjectAlternativeNameExtension(hello)
    const usage = (critical: boolean) => new KeyUsagesExtension(KeyUsageFlags.digitalSignature, critical)
    expect(await failed([await make('leaf', [san, usage(true)], root)], [root])).toEqual([])
    expect(await failed([await make('leaf', [san, usage(false)], root)], [root])).toEqual(['key-usage'])
    expect(await failed([await make('leaf', [san], root)], [root])).toEqual(['key-usage'])
    const server = new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth])
    expect(await failed([await make('leaf', [san, usage(true), server], root)], [root])).toEqual(['extended-key-usage'])
  })

  it('refuses a certificate that is no longer or not yet valid', async () => {
    const root = await authority('root')
    const over = await make('leaf', good(), root, { notBefore, notAfter: new Date('2026-11-21T09:59:59Z') })
    const early = await make('leaf', good(), root, { notBefore: new Date('2026-11-21T10:00:01Z'), notAfter })
    expect(await failed([over], [root])).toEqual(['time'])
    expect(await failed([early], [root])).toEqual(['time'])
  })

  it.each([[[]], [['garbage']], [['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']]])(
    'reports that %j cannot be read',
    async (chainPem) => {
      expect(await readSvid({ chainPem, bundlePem: [], at })).toMatchObject({
        ok: false,
        error: { code: 'spire.svid-unreadable' },
      })
    },
  )
})
