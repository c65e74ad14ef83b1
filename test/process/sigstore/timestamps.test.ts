import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { derOf, derTag } from '../../../src/core/domain/certificates/certificate-der.ts'
import { cosignVerifyBundle } from '../../../src/core/sigstore/cosign/cosign-verify.ts'
import { allPassed, verifyBundle } from '../../../src/core/sigstore/verify/verify-bundle.ts'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  forTimestamps,
  KeyUsageFlags,
  KeyUsagesExtension,
  type OwnTimestamp,
  type OwnTimestampAuthority,
  ownTimestampAuthority,
  ownTimestampCa,
  ownTimestampRoot,
  signedAttribute,
  type TimestampAlgorithm,
  timestampOf,
  trustedAuthority,
} from '../../fixtures/own-timestamp.ts'
import { bundle, changed, engineer, imageA, type LooseBundle, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'
import { program } from '../../integration/programs.ts'

const cosign = program('cosign') ?? ''
let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'timestamps-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const signed: LooseBundle = JSON.parse(bundle('engineer'))
const signature = Buffer.from(signed.dsseEnvelope.signatures[0]!.sig, 'base64')
// Within the ten minutes of the certificate.
const at = new Date('2026-11-21T10:52:00Z')

const stamped = (...stamps: readonly string[]): string =>
  changed(bundle('engineer'), (b) => {
    const rfc3161Timestamps = stamps.map((signedTimestamp) => ({ signedTimestamp }))
    b.verificationMaterial.timestampVerificationData = { rfc3161Timestamps }
  })
const trusting = (...authorities: readonly object[]): string =>
  JSON.stringify({ ...JSON.parse(trustedRoot), timestampAuthorities: authorities })

/** The verdicts of this program and of the real cosign on the same bundle and trusted root; cosign's when it is here. */
async function verdicts(json: string, root: string) {
  const own = verifyBundle({ bundle: json, trustedRoot: root, digest: imageA.digest, signer: engineer })
  const ours = own.ok && allPassed(own.value) ? 'passed' : 'failed'
  if (cosign === '') return { ours, cosign: ours }
  const files = { bundleFile: join(folder, 'bundle.json'), trustedRoot: join(folder, 'root.json') }
  writeFileSync(files.bundleFile, json)
  writeFileSync(files.trustedRoot, root)
  const about = { cosign, home: folder, signer: engineer, digest: imageA.digest, timeoutMs: 30_000 }
  const { check } = await cosignVerifyBundle({ ...about, ...files })
  return { ours, cosign: check.verdict }
}
const both = (verdict: 'passed' | 'failed') => ({ ours: verdict, cosign: verdict })

describe('the time of a timestamp', () => {
  let authority: OwnTimestampAuthority
  beforeAll(async () => (authority = await ownTimestampAuthority(await ownTimestampRoot('root'), '02')))
  const when = (time: string) =>
    verdicts(stamped(timestampOf(authority, signature, at, { time })), trusting(trustedAuthority(authority)))

  it.each(['', '.1', '.12', '.123', '.123456', '.12345678', '.123456789'])('may have the fraction "%s"', async (part) =>
    expect(await when(`20261121105200${part}Z`)).toEqual(both('passed')),
  )

  it.each([
    ['a zero at the end of its fraction', '20261121105200.120Z'],
    ['a point and no fraction', '20261121105200.Z'],
    ['a comma', '20261121105200,5Z'],
    ['no seconds', '202611211052Z'],
    ['no zone', '20261121105200'],
    ['a second that does not exist', '20261121105260Z'],
    ['a time before the certificate', '20261121093000Z'],
    ['a time after the certificate', '20261121235959.999Z'],
  ])('does not count with %s', async (_, time) => expect(await when(time)).toEqual(both('failed')))
})

describe('the algorithm of a timestamp', () => {
  const made = async (algorithm: TimestampAlgorithm, change: OwnTimestamp = {}) => {
    const authority = await ownTimestampAuthority(await ownTimestampRoot('root', algorithm), '02', { algorithm })
    return verdicts(stamped(timestampOf(authority, signature, at, change)), trusting(trustedAuthority(authority)))
  }
  it.each<TimestampAlgorithm>(['EC P-256', 'EC P-384', 'EC P-521', 'RSA SHA-256', 'RSA SHA-384', 'RSA SHA-512'])(
    'may be %s',
    async (algorithm) => expect(await made(algorithm)).toEqual(both('passed')),
  )

  it.each<[TimestampAlgorithm, string, string]>([
    ['RSA SHA-256', 'rsaEncryption', '2a864886f70d010101'],
    ['RSA SHA-512', 'rsaEncryption', '2a864886f70d010101'],
    // The hash is that of the digest algorithm, whatever this name says.
    ['RSA SHA-384', 'RSA with SHA-256', '2a864886f70d01010b'],
  ])('may be %s, named as %s', async (algorithm, _, signatureOid) =>
    expect(await made(algorithm, { signatureOid })).toEqual(both('passed')),
  )

  it('is not another than the one that it names', async () => {
    expect(await made('EC P-256', { signatureOid: '2a8648ce3d040303' })).toEqual(both('failed'))
    expect(await made('EC P-384', { signatureOid: '2a3465' })).toEqual(both('failed'))
  })

  it.each<NonNullable<OwnTimestamp['imprintHash']>>(['SHA-384', 'SHA-512'])('may cover the %s', async (imprintHash) =>
    expect(await made('EC P-256', { imprintHash })).toEqual(both('passed')),
  )
})

describe('the certificates of a timestamp', () => {
  type Authority = Awaited<ReturnType<typeof ownTimestampRoot>>
  let root: Authority
  let middle: Authority
  let stranger: OwnTimestampAuthority
  beforeAll(async () => {
    root = await ownTimestampRoot('root')
    middle = await ownTimestampCa(root, 'middle')
    stranger = await ownTimestampAuthority(await ownTimestampRoot('root'), '02')
  })
  const trustedChain = (...chain: readonly Buffer[]) => trusting(trustedAuthority({ chain }))
  const by = (authority: OwnTimestampAuthority, certificates?: readonly Buffer[], change: OwnTimestamp = {}) =>
    stamped(
      timestampOf(authority, signature, at, { ...change, ...(certificates === undefined ? {} : { certificates }) }),
    )

  it('may be carried by it, where the trusted root names only the CA', async () => {
    const authority = await ownTimestampAuthority(root, '02')
    const [leaf] = authority.chain
    expect(await verdicts(by(authority, [leaf!]), trustedChain(root.der))).toEqual(both('passed'))
    expect(await verdicts(by(authority, [leaf!]), trustedChain(leaf!, root.der))).toEqual(both('passed'))
    expect(await verdicts(by(authority), trustedChain(root.der))).toEqual(both('failed'))
    expect(await verdicts(by(authority, [root.der]), trustedChain(root.der))).toEqual(both('failed'))
  })

  it('may have a CA between, in the trusted root or carried', async () => {
    const authority = await ownTimestampAuthority(middle, '02')
    const [leaf] = authority.chain
    expect(await verdicts(by(authority), trustedChain(leaf!, middle.der, root.der))).toEqual(both('passed'))
    expect(await verdicts(by(authority, [leaf!]), trustedChain(middle.der, root.der))).toEqual(both('passed'))
    expect(await verdicts(by(authority, [middle.der, leaf!]), trustedChain(root.der))).toEqual(both('passed'))
    expect(await verdicts(by(authority, [leaf!]), trustedChain(root.der))).toEqual(both('failed'))
  })

  it('are not those of a stranger with the same names and numbers', async () => {
    const authority = await ownTimestampAuthority(root, '02')
    const [leaf] = stranger.chain
    expect(await verdicts(by(stranger, [leaf!]), trustedChain(root.der))).toEqual(both('failed'))
    expect(await verdicts(by(stranger, [...stranger.chain]), trustedChain(root.der))).toEqual(both('failed'))
    expect(await verdicts(by(stranger, [leaf!]), trustedChain(authority.chain[0]!, root.der))).toEqual(both('failed'))
    expect(await verdicts(by(stranger, [authority.chain[0]!]), trustedChain(root.der))).toEqual(both('failed'))
  })

  it('end at a CA of the trusted root: the signer\u2019s own certificate there is not enough', async () => {
    const authority = await ownTimestampAuthority(root, '02')
    const [leaf] = authority.chain
    expect(await verdicts(by(authority, [leaf!]), trustedChain(leaf!))).toEqual(both('failed'))
  })

  const critical = true
  const purpose = (...oids: readonly string[]) => new ExtendedKeyUsageExtension([...oids], critical)
  const [timeStamping, codeSigning] = ['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.3'] as const
  it.each([
    ['no purpose', []],
    ['another purpose', [purpose(codeSigning)]],
    ['a second purpose', [purpose(timeStamping, codeSigning)]],
    ['a purpose that is not critical', [new ExtendedKeyUsageExtension([timeStamping], false)]],
  ])('do not count when the signer has %s', async (_, extensions) => {
    const authority = await ownTimestampAuthority(root, '02', { extensions })
    expect(await verdicts(by(authority, [authority.chain[0]!]), trustedChain(root.der))).toEqual(both('failed'))
  })

  // RFC 3161 section 2.3, which cosign checks from timestamp-authority 2.1.5 on.
  it('do not count when the signer is a CA', async () => {
    const extensions = [...forTimestamps, new BasicConstraintsExtension(true, undefined, true)]
    const authority = await ownTimestampAuthority(root, '02', { extensions })
    const { ours } = await verdicts(by(authority, [authority.chain[0]!]), trustedChain(root.der))
    expect(ours).toBe('failed')
  })

  it.each([
    ['no rights of a CA', []],
    [
      'a key that signs no certificates',
      [new BasicConstraintsExtension(true), new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)],
    ],
    ['another purpose', [new BasicConstraintsExtension(true), purpose(codeSigning)]],
  ])('do not count when the CA between has %s', async (_, extensions) => {
    const authority = await ownTimestampAuthority(await ownTimestampCa(root, 'weak', extensions), '02')
    expect(await verdicts(by(authority), trustedChain(...authority.chain))).toEqual(both('failed'))
  })

  it('are no longer than the CA allows', async () => {
    const short = await ownTimestampRoot('short', 'EC P-256', 0)
    const direct = await ownTimestampAuthority(short, '02')
    expect(await verdicts(by(direct), trustedChain(...direct.chain))).toEqual(both('passed'))
    const below = await ownTimestampAuthority(await ownTimestampCa(short, 'below'), '02')
    expect(await verdicts(by(below), trustedChain(...below.chain))).toEqual(both('failed'))
  })

  it('were valid at its time, and the trusted root names the authority for it', async () => {
    const expired = { notBefore: new Date('2020-01-01'), notAfter: new Date('2026-11-21T10:51:00Z') }
    const old = await ownTimestampAuthority(root, '02', { valid: expired })
    expect(await verdicts(by(old), trustedChain(...old.chain))).toEqual(both('failed'))
    const authority = await ownTimestampAuthority(root, '02')
    const named = (validFor: object) => trusting(trustedAuthority(authority, undefined, validFor))
    expect(await verdicts(by(authority), named({}))).toEqual(both('passed'))
    expect(await verdicts(by(authority), named({ end: '2026-11-21T10:52:00Z' }))).toEqual(both('passed'))
    expect(await verdicts(by(authority), named({ end: '2026-11-21T10:51:59Z' }))).toEqual(both('failed'))
    expect(await verdicts(by(authority), named({ start: '2026-11-21T10:53:00Z' }))).toEqual(both('failed'))
  })

  it('were valid when the signer says that it signed', async () => {
    const signingTime = (time: string) =>
      signedAttribute('2a864886f70d010905', derOf(derTag.utcTime, Buffer.from(time)))
    const authority = await ownTimestampAuthority(root, '02')
    const saying = (time: string, more: OwnTimestamp = {}) =>
      by(authority, undefined, { ...more, attributes: [signingTime(time)] })
    expect(await verdicts(saying('261121105200Z'), trustedChain(...authority.chain))).toEqual(both('passed'))
    const unordered = saying('261121105200Z', { signedOutOfOrder: true })
    expect(await verdicts(unordered, trustedChain(...authority.chain))).toEqual(both('failed'))
    expect(await verdicts(saying('191121105200Z'), trustedChain(...authority.chain))).toEqual(both('failed'))
    expect(await verdicts(saying('some time'), trustedChain(...authority.chain))).toEqual(both('passed'))
  })
})

describe('several timestamps', () => {
  let first: OwnTimestampAuthority
  let second: OwnTimestampAuthority
  beforeAll(async () => {
    first = await ownTimestampAuthority(await ownTimestampRoot('first'), '02')
    second = await ownTimestampAuthority(await ownTimestampRoot('second'), '02')
  })
  const good = () => timestampOf(first, signature, at)

  it.each<[string, () => string]>([
    ['is of an unknown authority', () => timestampOf(second, signature, at)],
    ['covers another signature', () => timestampOf(first, Buffer.from('other'), at)],
    ['was not granted', () => timestampOf(first, signature, at, { status: 2 })],
    ['is no timestamp', () => Buffer.from('garbage').toString('base64')],
  ])('need one that verifies, when another one %s', async (_, bad) => {
    const root = trusting(trustedAuthority(first))
    expect(await verdicts(stamped(good(), bad()), root)).toEqual(both('passed'))
    expect(await verdicts(stamped(bad(), good()), root)).toEqual(both('passed'))
    expect(await verdicts(stamped(bad()), root)).toEqual(both('failed'))
  })

  it('show only the times that they prove, and say why the others prove none', () => {
    const root = trusting(trustedAuthority(first))
    const time = (json: string) => {
      const result = verifyBundle({ bundle: json, trustedRoot: root, digest: imageA.digest })
      return result.ok ? result.value.checks.find(({ id }) => id === 'time') : undefined
    }
    const later = new Date(at.getTime() + 1000)
    const unknown = timestampOf(second, signature, later)
    expect(time(stamped(good(), unknown))).toMatchObject({ verdict: 'passed', found: 'timestamp 2026-11-21T10:52:00Z' })
    const found = time(stamped(unknown))?.found
    expect(found).toContain('the timestamp of 2026-11-21T10:52:01Z: expected a timestamp authority of the trusted root')
  })
})
