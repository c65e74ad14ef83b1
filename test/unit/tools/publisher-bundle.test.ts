import { readFile } from 'node:fs/promises'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { describe, expect, test } from 'vitest'
import { publicTrustedRoot, verifyPublisher } from '../../../src/core/tools/sources/publisher-bundle.ts'

const read = (name: string): Promise<Buffer> => readFile(new URL(`fixtures/${name}`, import.meta.url))
const artifact = await read('tool')
const bundle = (await read('tool.sigstore.json')).toString()
const root = TrustedRoot.fromJSON(JSON.parse((await read('trusted_root.json')).toString()))
const engineer = { subject: 'engineer@sandbox.example', issuer: 'http://localhost:29192' }
const why = (result: ReturnType<typeof verifyPublisher>): string => (result.ok ? 'it was accepted' : result.error)

describe('the bundle of a publisher', () => {
  test('is accepted for the signed bytes, from their signer', () => {
    expect(verifyPublisher(bundle, artifact, engineer, root)).toEqual({ ok: true, value: undefined })
  })

  test('is refused for other bytes, even a single one more', () => {
    expect(why(verifyPublisher(bundle, Buffer.concat([artifact, Buffer.from('\n')]), engineer, root))).toContain(
      'does not verify',
    )
  })

  test.each([
    'intern@sandbox.example',
    'engineer@sandbox.exampl',
    'ngineer@sandbox.example',
    'engineer@sandboxxexample',
    '.*',
    '',
  ])('is refused when %j is expected: the whole text counts, and it is no pattern', (subject) => {
    expect(why(verifyPublisher(bundle, artifact, { ...engineer, subject }, root))).toContain('identity')
  })

  test('is refused when another issuer is expected', () => {
    const result = verifyPublisher(bundle, artifact, { ...engineer, issuer: 'https://accounts.google.com' }, root)
    expect(why(result)).toContain('issuer')
  })

  test('is refused by a root that does not know the issuing CA', () => {
    expect(why(verifyPublisher(bundle, artifact, engineer, publicTrustedRoot()))).toContain('does not verify')
  })

  test.each(['verificationMaterial', 'messageSignature'])('is refused without its %s', (part) => {
    const json = JSON.parse(bundle)
    delete json[part]
    expect(why(verifyPublisher(JSON.stringify(json), artifact, engineer, root))).toContain('does not verify')
  })

  test('is refused when it has no entry of a transparency log', () => {
    const json = JSON.parse(bundle)
    json.verificationMaterial.tlogEntries = []
    expect(why(verifyPublisher(JSON.stringify(json), artifact, engineer, root))).toContain('does not verify')
  })

  test('is refused when it signs a statement instead of a file', () => {
    const { messageSignature, ...json } = JSON.parse(bundle)
    const signatures = [{ sig: messageSignature.signature, keyid: '' }]
    const dsseEnvelope = { payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures }
    const result = verifyPublisher(JSON.stringify({ ...json, dsseEnvelope }), artifact, engineer, root)
    expect(why(result)).toContain('signs something else')
  })
})

test('the public trusted root comes with the npm package and knows the public Fulcio', () => {
  expect(publicTrustedRoot().certificateAuthorities.map(({ uri }) => uri)).toContain('https://fulcio.sigstore.dev')
})
