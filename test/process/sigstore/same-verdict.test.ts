import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signPredicateType } from '../../../src/core/domain/bundle/bundle.ts'
import { readTrustedRoot } from '../../../src/core/domain/certificates/trust.ts'
import { digestHex } from '../../../src/core/domain/oci/digest.ts'
import { ensureIdentity } from '../../../src/core/sandbox/identity.ts'
import { type IdentityFiles, identityFiles } from '../../../src/core/sandbox/identity-files.ts'
import { cosignVerifyBundle } from '../../../src/core/sigstore/cosign/cosign-verify.ts'
import { readTrust } from '../../../src/core/sigstore/trust/trust-material.ts'
import { allPassed, verifyBundle } from '../../../src/core/sigstore/verify/verify-bundle.ts'
import { engineer, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { type Forgery, forgeBundle } from '../../integration/harness/forge-bundle.ts'
import { program } from '../../integration/programs.ts'

const cosign = program('cosign') ?? ''
let folder: string
let files: IdentityFiles
let trustedRoot: Record<string, readonly unknown[]>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'same-verdict-'))
  files = identityFiles(join(folder, 'sandbox'))
  const made = await ensureIdentity(files.folder)
  if (!made.ok) throw new Error(made.error.what)
  trustedRoot = JSON.parse(readFileSync(files.trustedRoot, 'utf8'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const forge = async (more: Partial<Forgery> = {}): Promise<string> =>
  JSON.stringify(await forgeBundle({ files }, { digest: imageA.digest, signer: engineer, ...more }))

/** What was found instead, by this program; empty when it verified. And cosign's verdict, if it is here. */
async function verify(json: string, more: { root?: string; predicateType?: string } = {}) {
  const { root = JSON.stringify(trustedRoot), ...about } = more
  const digest = imageA.digest
  const own = verifyBundle({ bundle: json, trustedRoot: root, digest, signer: engineer, ...about })
  const failed = own.ok ? own.value.checks.find(({ verdict }) => verdict !== 'passed') : undefined
  const found = own.ok ? (allPassed(own.value) ? '' : (failed?.found ?? 'signer')) : (own.error.found ?? own.error.what)
  const paths = { bundleFile: join(folder, 'bundle.json'), trustedRoot: join(folder, 'root.json') }
  writeFileSync(paths.bundleFile, json)
  writeFileSync(paths.trustedRoot, root)
  const options = { cosign, home: folder, signer: engineer, digest, timeoutMs: 30_000, ...about, ...paths }
  const verdict = cosign === '' ? undefined : (await cosignVerifyBundle(options)).check.verdict
  return { found, verdict }
}
const accepted = () => ({ found: '', verdict: cosign === '' ? undefined : 'passed' })

describe('a trusted root', () => {
  type KeyKind = { readonly key: Buffer; readonly keyDetails: string }
  const rsa = (type: 'spki' | 'pkcs1', modulusLength: number): Buffer =>
    generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ type, format: 'der' })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'der' })
  const log = ({ key, keyDetails }: KeyKind) => ({
    baseUrl: 'https://retired.example',
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: key.toString('base64'), keyDetails, validFor: { start: '2020-01-01T00:00:00Z' } },
    logId: { keyId: createHash('sha256').update(key).digest('base64') },
  })
  const withLog = (kind: KeyKind, list: 'tlogs' | 'ctlogs'): string =>
    JSON.stringify({ ...trustedRoot, [list]: [log(kind), ...(trustedRoot[list] ?? [])] })

  it.each<[string, KeyKind]>([
    ['PKIX_RSA_PKCS1V15_2048_SHA256', { key: rsa('spki', 2048), keyDetails: 'PKIX_RSA_PKCS1V15_2048_SHA256' }],
    ['PKIX_RSA_PKCS1V15_3072_SHA256', { key: rsa('spki', 3072), keyDetails: 'PKIX_RSA_PKCS1V15_3072_SHA256' }],
    ['PKCS1_RSA_PKCS1V5', { key: rsa('pkcs1', 2048), keyDetails: 'PKCS1_RSA_PKCS1V5' }],
    ['PKIX_ECDSA_P384_SHA_384', { key: p384, keyDetails: 'PKIX_ECDSA_P384_SHA_384' }],
  ])('may name another log with a key of the kind %s', async (_, kind) => {
    const json = await forge()
    for (const list of ['tlogs', 'ctlogs'] as const) {
      const root = withLog(kind, list)
      expect(await verify(json, { root })).toEqual(accepted())
      expect(readTrust(root)).toMatchObject({ ok: true, value: { unusable: [] } })
    }
  })

  // cosign refuses the whole root. The plugin requires both verdicts, and the window shows why.
  it.each<[string, KeyKind]>([
    ['a key in other bytes', { key: Buffer.from('other'), keyDetails: 'PKIX_ECDSA_P256_SHA_256' }],
    ['a key of an unknown kind', { key: p384, keyDetails: 'PKIX_TOMORROW' }],
  ])('is read without a log that has %s, and says so', async (_, kind) => {
    const json = await forge()
    for (const list of ['tlogs', 'ctlogs'] as const) {
      const root = withLog(kind, list)
      expect((await verify(json, { root })).found).toBe('')
      const read = readTrust(root)
      expect(read.ok && read.value.unusable).toEqual([expect.stringMatching(/^(transparency|CT) log 1 cannot be used/)])
    }
  })

  it.each(['certificateAuthorities', 'timestampAuthorities'] as const)(
    'is read without one of its %s that cannot be, and says so',
    async (list) => {
      const broken = { certChain: { certificates: [{ rawBytes: Buffer.from('no certificate').toString('base64') }] } }
      const root = JSON.stringify({ ...trustedRoot, [list]: [broken, ...(trustedRoot[list] ?? [])] })
      expect((await verify(await forge(), { root })).found).toBe('')
      expect(readTrust(root)).toMatchObject({ ok: true, value: { unusable: [expect.stringContaining('authority 1')] } })
    },
  )

  it('does not trust an entry that it leaves out', async () => {
    const [own] = trustedRoot['tlogs'] as { publicKey: object }[]
    const tlogs = [{ ...own, publicKey: { ...own?.publicKey, rawBytes: '' } }]
    const { found, verdict } = await verify(await forge(), { root: JSON.stringify({ ...trustedRoot, tlogs }) })
    expect(found).toContain('checkpoint')
    expect(verdict).not.toBe('passed')
  })

  it.each([
    [
      'of several lines of JSON',
      () => `${JSON.stringify(trustedRoot)}\n${JSON.stringify(trustedRoot)}\n`,
      /2 JSON texts, one/,
    ],
    ['after a byte order mark', () => `\uFEFF${JSON.stringify(trustedRoot)}`, /byte order mark/],
    ['that is no JSON', () => 'trusted_root', /not JSON/],
  ])('%s is named as what it is; cosign does not read it either', async (_, root, expected) => {
    const { found, verdict } = await verify(await forge(), { root: root() })
    expect(found).toMatch(expected)
    expect(verdict).not.toBe('passed')
    const own = readTrustedRoot(root())
    expect(own.ok ? '' : own.error.found).toMatch(expected)
  })
})

describe('a statement', () => {
  const other = 'https://example.test/provenance'
  const sha256 = digestHex(imageA.digest)
  const another = { digest: { sha256: digestHex(imageB.digest) } }

  it.each([
    ['sha512', { sha256, sha512: '0'.repeat(128) }],
    ['gitCommit', { gitCommit: '0'.repeat(40), sha256 }],
  ])('may also name the %s of its subject', async (_, digest) => {
    expect(await verify(await forge({ subjects: [{ digest }] }))).toEqual(accepted())
  })

  it.each([
    ['first', () => [{ digest: { sha256 } }, another]],
    ['last', () => [another, { digest: { sha256 } }]],
    ['beside one without a SHA-256', () => [{ digest: { sha512: '0'.repeat(128) } }, { digest: { sha256 } }]],
  ])('of another predicate type may name the image %s among several subjects', async (_, subjects) => {
    const json = await forge({ subjects: subjects(), predicateType: other })
    expect(await verify(json, { predicateType: other })).toEqual(accepted())
  })

  it('of several other subjects is not about the image', async () => {
    const json = await forge({ subjects: [another, another], predicateType: other })
    const { found, verdict } = await verify(json, { predicateType: other })
    expect(found).toBe(`it names ${imageB.digest}, ${imageB.digest}`)
    expect(verdict).not.toBe('passed')
  })

  // Stricter than cosign: `cosign sign` states one image in each signature.
  it('of a signature has one subject, and says why', async () => {
    const json = await forge({ subjects: [{ digest: { sha256 } }, another] })
    const own = verifyBundle({ bundle: json, trustedRoot: JSON.stringify(trustedRoot), digest: imageA.digest })
    expect(own).toMatchObject({
      ok: false,
      error: {
        expected: expect.stringContaining('each signature is of one image'),
        found: 'a statement with 2 subjects',
      },
    })
    expect(JSON.parse(Buffer.from(JSON.parse(json).dsseEnvelope.payload, 'base64').toString())).toMatchObject({
      predicateType: signPredicateType,
    })
  })
})

it('a bundle without a log entry is refused, and says so', async () => {
  const bundle = JSON.parse(await forge())
  for (const tlogEntries of [[], undefined]) {
    const json = JSON.stringify({ ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries } })
    const { found, verdict } = await verify(json)
    expect(found).toContain('verificationMaterial.tlogEntries: no log entry.')
    expect(verdict).not.toBe('passed')
  }
})
