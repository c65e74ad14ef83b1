import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { digestHex, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { type Artifact, verifyArtifact } from '../../../src/core/sigstore/verify/verify-artifact.ts'
import { allPassed, verifyBundle } from '../../../src/core/sigstore/verify/verify-bundle.ts'
import { messageBundle, type OwnBundle, ownKeys, ownRoot, pemOf, statementBundle } from '../../fixtures/own-bundle.ts'
import {
  bundle,
  changed,
  engineer,
  flipBit,
  imageA,
  imageB,
  intern,
  type LooseBundle,
  trustedRoot,
} from '../../fixtures/sigstore-fixtures.ts'

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

  it('fails for an invalid signature, and for one that the log does not have', () => {
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

  it('refuses a trusted root whose log has no start of validity', () => {
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

describe('one reading of bundles, for the plugin and for verify-bundle', () => {
  const withKey = (change: (made: ReturnType<typeof messageBundle>) => void): string => {
    const made = messageBundle(bytes, keys)
    change(made)
    return found(verify(made))
  }
  const certified = (change: (made: LooseBundle) => void): [string, boolean] => {
    const json = changed(bundle('engineer'), change)
    const artifact: Artifact = { kind: 'digest', digest: imageA.digest }
    const byHand = verifyArtifact({
      bundle: json,
      trustedRoot,
      artifact,
      signer: { kind: 'identity', identity: engineer },
    })
    const inPlugin = verifyBundle({ bundle: json, trustedRoot, digest: imageA.digest, signer: engineer })
    return [found(byHand), inPlugin.ok && allPassed(inPlugin.value)]
  }

  it.each([
    ['v0.4', 'application/vnd.dev.sigstore.bundle.v0.4+json'],
    ['v1.0', 'application/vnd.dev.sigstore.bundle.v1.0+json'],
    ['0.4 in the old form', 'application/vnd.dev.sigstore.bundle+json;version=0.4'],
    ['a line feed at the end', 'application/vnd.dev.sigstore.bundle.v0.3+json\n'],
    ['more after it', 'application/vnd.dev.sigstore.bundle.v0.3+jsonx'],
    ['none', ''],
  ])('rejects the media type %s', (_, mediaType) => {
    expect(withKey((made) => Object.assign(made, { mediaType }))).toContain('media type')
    expect(certified((made) => Object.assign(made, { mediaType }))).toEqual([
      expect.stringContaining('media type'),
      false,
    ])
  })

  it.each([
    ['a field twice', (json: string) => `{"mediaType":"x",${json.slice(1)}`],
    [
      'a field twice, once escaped',
      (json: string) => json.replace('"payload"', String.raw`"p\u0061yload":"","payload"`),
    ],
    ['a field under its other name too', (json: string) => `{"dsse_envelope":{},${json.slice(1)}`],
    ['a field that no bundle has', (json: string) => `{"more":1,${json.slice(1)}`],
    ['a number in a list', (json: string) => json.replace('"inclusionProof":{', '"logIndex":["0"],"inclusionProof":{')],
    ['a line feed in base64', (json: string) => json.replace(/"sig":"([^"]*)"/, String.raw`"sig":"$1\n"`)],
    ['more behind base64', (json: string) => json.replace(/"sig":"([^"]*)"/, '"sig":"$1!!!!"')],
    ['a field of the prototype', (json: string) => `{"__proto__":{},${json.slice(1)}`],
  ])('rejects %s, as cosign does', (_, change) => {
    const json = change(bundle('engineer'))
    expect(json).not.toBe(bundle('engineer'))
    const signer = { kind: 'identity', identity: engineer } as const
    const artifact: Artifact = { kind: 'digest', digest: imageA.digest }
    expect(verifyArtifact({ bundle: json, trustedRoot, artifact, signer }).ok).toBe(false)
    expect(verifyArtifact({ bundle: bundle('engineer'), trustedRoot, artifact, signer }).ok).toBe(true)
  })

  it('rejects a wrong or missing index of a log entry, and one that is no number', () => {
    for (const logIndex of ['7', '-1', '00', 'x', '1e3']) {
      expect(withKey((made) => Object.assign(made.verificationMaterial.tlogEntries[0]!, { logIndex }))).not.toBe('')
      const [byHand, inPlugin] = certified((made) => (made.verificationMaterial.tlogEntries[0]!.logIndex = logIndex))
      expect([byHand === '', inPlugin]).toEqual([false, false])
    }
    const second = JSON.parse(bundle('other-image')) as LooseBundle
    delete second.verificationMaterial.tlogEntries[0]!.logIndex
    const byHand = verifyArtifact({
      bundle: JSON.stringify(second),
      trustedRoot,
      artifact: { kind: 'digest', digest: imageB.digest },
      signer: { kind: 'identity', identity: engineer },
    })
    expect(found(byHand)).toContain('index')
  })

  it('rejects two members of a union, of which two readers could each use a different one', () => {
    const { certificate } = (JSON.parse(bundle('engineer')) as LooseBundle).verificationMaterial
    expect(withKey((made) => Object.assign(made.verificationMaterial, { certificate }))).not.toBe('')
    expect(certified((made) => Object.assign(made.verificationMaterial, { publicKey: { hint: '' } }))).toEqual([
      expect.any(String),
      false,
    ])
  })

  it('quotes nothing of a file that is no bundle', () => {
    for (const text of ['root:*:19000:0:99999:7:::', '{"root":"x"', '{"mediaType":"root:x"}', '["root:x"]']) {
      const result = verifyArtifact({
        bundle: text,
        trustedRoot,
        artifact: { kind: 'bytes', bytes },
        signer: { kind: 'identity', identity: engineer },
      })
      expect(JSON.stringify(result)).not.toContain('root:')
      expect(result.ok).toBe(false)
    }
    for (const text of ['root:*:19000:0:99999:7:::', '{"tlogs":[{"baseUrl":"root:x"}]}']) {
      const result = verify(messageBundle(bytes, keys), { root: text })
      expect(JSON.stringify(result)).not.toContain('root:')
      expect(result.ok).toBe(false)
    }
  })
})
