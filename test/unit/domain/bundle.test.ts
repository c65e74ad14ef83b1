import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preAuthEncoding, readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { base64Of, bytesOfBase64, textOfUtf8 } from '../../../src/core/domain/bundle/bundle-encoding.ts'
import { bundle, changed, imageA, type LooseBundle } from '../../fixtures/sigstore-fixtures.ts'

const entry = (b: LooseBundle) => b.verificationMaterial.tlogEntries[0]!
const found = (json: string): string => {
  const facts = readBundleFacts(json)
  return facts.ok ? 'ok' : `${facts.error.code}: ${facts.error.found}`
}
const withStatement = (change: (statement: Record<string, unknown>) => unknown): string =>
  changed(bundle('engineer'), (b) => {
    const statement: Record<string, unknown> = JSON.parse(Buffer.from(b.dsseEnvelope.payload, 'base64').toString())
    b.dsseEnvelope.payload = Buffer.from(JSON.stringify(change(statement))).toString('base64')
  })

describe('reading a bundle', () => {
  it('gives signer, digest, log entry and time of a signature that cosign made', () => {
    const facts = readBundleFacts(bundle('engineer'))
    expect(facts.ok && facts.value).toMatchObject({
      subjectDigest: imageA.digest,
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      timestamps: ['2026-11-21T10:51:58Z'],
      certificate: { signer: { subject: 'engineer@sandbox.example', issuer: 'http://localhost:15561' } },
      logEntry: { logIndex: '0', proofIndex: '0', treeSize: '1', origin: 'localhost', kind: 'hashedrekord' },
    })
  })

  it('takes size and root from the checkpoint, not from the proof\u2019s own fields', () => {
    const lying = changed(bundle('intern'), (b) => {
      Object.assign(entry(b).inclusionProof, { treeSize: '999', rootHash: 'AAAA' })
    })
    const facts = readBundleFacts(lying)
    expect(facts.ok && facts.value.logEntry.treeSize).toBe('3')
  })

  it('computes the very hash that Rekor logged for the signed bytes', () => {
    const facts = readBundleFacts(bundle('intern'))
    if (!facts.ok) throw new Error(facts.error.what)
    const body: { spec: { hashedRekordV002: { data: { digest: string } } } } = JSON.parse(
      facts.value.logEntry.canonicalizedBody,
    )
    const logged = Buffer.from(body.spec.hashedRekordV002.data.digest, 'base64').toString('hex')
    expect(facts.value.signedHash).toBe(logged)
  })

  it('reads an attestation too: the caller decides about its type', () => {
    const facts = readBundleFacts(bundle('other-predicate'))
    expect(facts.ok && facts.value.predicateType).toBe('https://example.test/other')
  })

  it.each<[string, string]>([
    ['no JSON', 'garbage'],
    ['an empty text', ''],
    ['a number', '7'],
    ['an empty object', '{}'],
    ['a text longer than any bundle', ' '.repeat(600_000)],
    ['another media type', changed(bundle('engineer'), (b) => (b.mediaType = 'text/plain'))],
    ['a second content', changed(bundle('engineer'), (b) => Object.assign(b, { messageSignature: {} }))],
    [
      'a second key material',
      changed(bundle('engineer'), (b) => Object.assign(b.verificationMaterial, { publicKey: { hint: 'x' } })),
    ],
    ['no log entry', changed(bundle('engineer'), (b) => (b.verificationMaterial.tlogEntries = []))],
    [
      'five log entries',
      changed(bundle('engineer'), (b) => (b.verificationMaterial.tlogEntries = Array(5).fill(entry(b)))),
    ],
    ['two signatures', changed(bundle('engineer'), (b) => b.dsseEnvelope.signatures.push({ sig: 'AAAA' }))],
    ['no signature', changed(bundle('engineer'), (b) => (b.dsseEnvelope.signatures = []))],
    ['another payload type', changed(bundle('engineer'), (b) => (b.dsseEnvelope.payloadType = 'text/plain'))],
    ['a payload that is no JSON', changed(bundle('engineer'), (b) => (b.dsseEnvelope.payload = 'AAAA'))],
    ['a negative index', changed(bundle('engineer'), (b) => (entry(b).logIndex = '-1'))],
    ['an index in hex', changed(bundle('engineer'), (b) => (entry(b).logIndex = '0x1'))],
    [
      'base64 of the wrong alphabet',
      changed(bundle('engineer'), (b) => (b.verificationMaterial.certificate.rawBytes = '-_-_')),
    ],
    [
      'a certificate that is none',
      changed(bundle('engineer'), (b) => (b.verificationMaterial.certificate.rawBytes = 'AAAA')),
    ],
    [
      'a time stamp that is none',
      changed(bundle('engineer'), (b) => {
        b.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: 'AAAA' }] }
      }),
    ],
    [
      'a checkpoint without signature',
      changed(bundle('engineer'), (b) => (entry(b).inclusionProof.checkpoint.envelope = 'localhost\n1\nAAAA\n\n')),
    ],
    ['too many hashes', changed(bundle('engineer'), (b) => (entry(b).inclusionProof.hashes = Array(65).fill('AAAA')))],
    ['no subject', withStatement((s) => ({ ...s, subject: [] }))],
    ['two subjects', withStatement((s) => ({ ...s, subject: [s['subject'], s['subject']].flat() }))],
    ['a digest in upper case', withStatement((s) => ({ ...s, subject: [{ digest: { sha256: 'A'.repeat(64) } }] }))],
  ])('refuses %s with an error and no exception', (_, json) => {
    expect(found(json)).toMatch(/^sigstore\.(bundle|certificate|checkpoint)-invalid: ./)
  })

  it('never throws, whatever the bytes are', () => {
    const text = bundle('engineer')
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, inserted) => {
        const result = readBundleFacts(text.slice(0, at) + inserted + text.slice(at + 1))
        return typeof result.ok === 'boolean'
      }),
      { numRuns: 300 },
    )
  })
})

describe('encodings', () => {
  it('reads its own base64 back, and the same as Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = base64Of(bytes)
        return text === Buffer.from(bytes).toString('base64') && Buffer.compare(bytesOfBase64(text)!, bytes) === 0
      }),
    )
  })

  it('refuses base64 without padding, with spaces, or of the URL alphabet', () => {
    expect(bytesOfBase64('AAAA'.repeat(2_000_000))).toHaveLength(6_000_000)
    expect(['AA', 'AAA', 'AA A', 'A===', '_-__', 'AA==AA=='].map(bytesOfBase64)).toEqual(Array(6).fill(undefined))
  })

  it('reads UTF-8, and refuses anything else', () => {
    expect(textOfUtf8(Buffer.from('Zoë \u{1f511}'))).toBe('Zoë \u{1f511}')
    expect(textOfUtf8(Uint8Array.of(0xc3, 0x28))).toBeUndefined()
  })

  it('writes the pre-authentication encoding of the DSSE specification', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'))
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  })
})
