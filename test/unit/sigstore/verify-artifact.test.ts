import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { digestHex, digestOf } from '../../../src/core/domain/digest.ts'
import { type Artifact, verifyArtifact } from '../../../src/core/sigstore/verify-artifact.ts'
import { messageBundle, type OwnBundle, ownKeys, ownRoot, pemOf, statementBundle } from '../../fixtures/own-bundle.ts'
import { bundle, engineer, flipBit, imageA, imageB, intern, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const bytes = Buffer.from('the artifact')
const digest = digestOf(bytes)
const keys = ownKeys()
const artifacts: [string, Artifact][] = [
  ['its bytes', { kind: 'bytes', bytes }],
  ['its digest', { kind: 'digest', digest }],
]

function verify(made: OwnBundle, more: { artifact?: Artifact; own?: typeof keys; root?: string; pem?: string } = {}) {
  const own = more.own ?? keys
  return verifyArtifact({
    bundle: JSON.stringify(made),
    trustedRoot: more.root ?? ownRoot(own),
    artifact: more.artifact ?? { kind: 'bytes', bytes },
    signer: { kind: 'key', pem: more.pem ?? pemOf(own.signer.publicKey) },
  })
}

/** What was found instead; empty when it verified. */
const found = (result: ReturnType<typeof verifyArtifact>): string => (result.ok ? '' : (result.error.found ?? ''))

describe.each(artifacts)('a message signature of a key, verified with %s', (_, artifact) => {
  const kinds: [string, KeyPairKeyObjectResult][] = [
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ]
  it.each(kinds)('passes for %s, and for no other key', (_kind, pair) => {
    const own = ownKeys(pair)
    expect(found(verify(messageBundle(bytes, own), { own, artifact }))).toBe('')
    const pem = pemOf(ownKeys().signer.publicKey)
    expect(found(verify(messageBundle(bytes, own), { own, artifact, pem }))).toContain('signature verification failed')
  })

  it('fails for other bytes, whatever the bundle calls their digest', () => {
    const other = messageBundle(Buffer.from('other'), keys)
    expect(found(verify(other, { artifact }))).toContain('one of sha256:')
    other.messageSignature!.messageDigest.digest = Buffer.from(digestHex(digest), 'hex').toString('base64')
    expect(found(verify(other, { artifact }))).not.toBe('')
  })

  it('fails for a signature that is none, and for one that the log has not', () => {
    const signature = Buffer.from('no signature')
    expect(found(verify(messageBundle(bytes, keys, { signature }), { artifact }))).toContain('signature verification')
    const logged = messageBundle(bytes, keys, { logged: Buffer.from('other') })
    expect(found(verify(logged, { artifact }))).toContain('digest mismatch')
    const turned = messageBundle(bytes, keys)
    turned.messageSignature!.signature = flipBit(turned.messageSignature!.signature)
    expect(found(verify(turned, { artifact }))).toContain('signature mismatch')
  })

  it('fails for a log that the trusted root does not name, and for a checkpoint that it did not sign', () => {
    const stranger = ownRoot(ownKeys())
    expect(found(verify(messageBundle(bytes, keys), { artifact, root: stranger }))).toContain('checkpoint')
    const made = messageBundle(bytes, keys)
    const { checkpoint } = made.verificationMaterial.tlogEntries[0]!.inclusionProof
    checkpoint.envelope = checkpoint.envelope.replace('log.example\n1\n', 'log.example\n2\n')
    expect(found(verify(made, { artifact }))).toContain('checkpoint')
  })
})

describe('verifying an artifact', () => {
  it('needs the bytes where the key signs no hash', () => {
    const own = ownKeys(generateKeyPairSync('ed25519'))
    const made = messageBundle(bytes, own)
    expect(found(verify(made, { own, artifact: { kind: 'digest', digest } }))).toContain('needs the file')
  })

  it('passes for a statement that names the artifact among others, and for no other', () => {
    const others = ['0'.repeat(64), digestHex(digest)]
    const passed = verify(statementBundle(others, keys))
    expect(passed).toEqual({ ok: true, value: { digest, predicateType: 'https://example.test/predicate' } })
    expect(found(verify(statementBundle(['0'.repeat(64)], keys)))).toContain('other subjects')
    expect(found(verify(statementBundle(others, keys, 'text/plain')))).toContain('text/plain')
  })

  it('refuses a trusted root whose log does not say since when it counts', () => {
    const made = messageBundle(bytes, keys)
    for (const validFor of [{}, { end: '2099-01-01T00:00:00Z' }]) {
      const result = verify(made, { root: ownRoot(keys, validFor) })
      expect(result.ok ? '' : result.error.code).toBe('sigstore.trusted-root')
    }
  })

  it.each([
    ['a bundle', { bundle: 'garbage' }],
    ['a bundle of another shape', { bundle: '[]' }],
    ['a bundle of null', { bundle: 'null' }],
    ['a trusted root', { trustedRoot: 'null' }],
    ['a key', { signer: { kind: 'key' as const, pem: 'garbage' } }],
  ])('answers an error when %s is garbage', (_, more) => {
    const options = {
      bundle: JSON.stringify(messageBundle(bytes, keys)),
      trustedRoot: ownRoot(keys),
      artifact: { kind: 'bytes', bytes } as const,
      signer: { kind: 'key', pem: pemOf(keys.signer.publicKey) } as const,
    }
    expect(verifyArtifact({ ...options, ...more }).ok).toBe(false)
  })

  describe('of a certified signer', () => {
    const of = (identity: typeof engineer, artifact: Artifact = { kind: 'digest', digest: imageA.digest }) =>
      verifyArtifact({ bundle: bundle('engineer'), trustedRoot, artifact, signer: { kind: 'identity', identity } })

    it('passes for that signer and issuer, byte for byte, and no other', () => {
      expect(found(of(engineer))).toBe('')
      expect(found(of(engineer, { kind: 'bytes', bytes: imageA.manifest }))).toBe('')
      expect(found(of(intern))).toContain('engineer@sandbox.example')
      expect(found(of({ ...engineer, subject: '.*' }))).not.toBe('')
      expect(found(of({ ...engineer, subject: '' }))).not.toBe('')
      expect(found(of({ ...engineer, issuer: `${engineer.issuer}/` }))).not.toBe('')
      expect(found(of(engineer, { kind: 'digest', digest: imageB.digest }))).toContain('other subjects')
    })

    it('is not verified by a key, nor a key\u2019s bundle by an identity', () => {
      const pem = pemOf(keys.signer.publicKey)
      const artifact: Artifact = { kind: 'digest', digest: imageA.digest }
      const byKey = verifyArtifact({ bundle: bundle('engineer'), trustedRoot, artifact, signer: { kind: 'key', pem } })
      expect(found(byKey)).not.toBe('')
      const byName = verifyArtifact({
        bundle: JSON.stringify(messageBundle(bytes, keys)),
        trustedRoot: ownRoot(keys),
        artifact: { kind: 'bytes', bytes },
        signer: { kind: 'identity', identity: engineer },
      })
      expect(byName.ok).toBe(false)
    })
  })
})
