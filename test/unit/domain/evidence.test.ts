import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBundleFacts, type SignatureFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { base64Of } from '../../../src/core/domain/bundle/bundle-encoding.ts'
import { readTimestamp } from '../../../src/core/domain/bundle/timestamp.ts'
import { checkTimestamp } from '../../../src/core/domain/bundle/timestamp-checks.ts'
import { derOf, derTag } from '../../../src/core/domain/certificates/certificate-der.ts'
import { fulcioGroup } from '../../../src/core/domain/certificates/certificate-extensions.ts'
import { chainOf, checkFulcioCertificate } from '../../../src/core/domain/certificates/fulcio-checks.ts'
import { checkScts } from '../../../src/core/domain/certificates/sct-checks.ts'
import { readTrustedRoot } from '../../../src/core/domain/certificates/trust.ts'
import { type Certificate, readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import { shownExtension } from '../../../src/core/domain/certificates/x509-extensions.ts'
import { checkpointLines } from '../../../src/core/domain/log/checkpoint-lines.ts'
import { readLogBody } from '../../../src/core/domain/log/log-body.ts'
import { parseCheckpoint } from '../../../src/core/domain/log/log-entry.ts'
import type { Check } from '../../../src/core/domain/verdict.ts'
import { certificates } from '../../fixtures/certificates.ts'
import { bundle, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const root = readTrustedRoot(trustedRoot)
if (!root.ok) throw new Error(root.error.found)
const trust = root.value
const factsOf = (name: Parameters<typeof bundle>[0]): SignatureFacts => {
  const facts = readBundleFacts(bundle(name))
  if (!facts.ok) throw new Error(facts.error.found)
  return facts.value
}
const certificate = (der: Uint8Array): Certificate => {
  const read = readCertificate(der)
  if (!read.ok) throw new Error(read.error.found)
  return read.value
}
const engineer = factsOf('engineer')
const leaf = certificate(engineer.bytes.certificate)
const chain = chainOf(leaf, trust.certificateAuthorities)
const fallen = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ verdict }) => verdict !== 'passed').map(({ id, verdict }) => `${id} ${verdict}`)

describe('Fulcio’s requirements', () => {
  it('are all met by a certificate of Fulcio', () => {
    expect(fallen(checkFulcioCertificate(leaf, chain))).toEqual([])
    expect(chain.authority?.name).toBe('sandbox, fulcio')
  })

  it('are reported one by one if they are not', () => {
    const other = certificate(Buffer.from(certificates.twoSans, 'base64'))
    const checks = checkFulcioCertificate(other, chainOf(other, trust.certificateAuthorities))
    expect(fallen(checks)).toEqual([
      'chain failed',
      'subject failed',
      'one-san failed',
      'san-critical failed',
      'key-usage failed',
      'purpose failed',
      'lifetime not-checked',
      'sct failed',
    ])
    const issuers = certificate(Buffer.from(certificates.twoIssuers, 'base64'))
    expect(fallen(checkFulcioCertificate(issuers, chain))).toContain('issuer failed')
    expect(checks.every(({ verdict, remedy }) => verdict !== 'failed' || remedy !== undefined)).toBe(true)
  })
})

describe('an SCT, step by step', () => {
  it('passes with the CA and the log of the trusted root', () => {
    const [checked] = checkScts(leaf, chain.above[0], trust.ctLogs) ?? []
    expect(fallen(checked?.steps ?? [])).toEqual([])
    expect(checked?.steps).toHaveLength(4)
    expect(checked?.leafHash).toMatch(/^[0-9a-f]{64}$/)
  })

  it('says which step failed: an unknown log, an unknown CA, another certificate', () => {
    const steps = (...[of, issuer, logs]: Parameters<typeof checkScts>) =>
      fallen(checkScts(of, issuer, logs)?.[0]?.steps ?? [])
    expect(steps(leaf, chain.above[0], [])).toEqual(['log-key failed', 'signature not-checked'])
    expect(steps(leaf, undefined, trust.ctLogs)).toEqual(['issuer-key could-not-check', 'signature not-checked'])
    expect(steps(leaf, leaf, trust.ctLogs)).toEqual(['signature failed'])
  })
})

describe('an extension', () => {
  const shown = (oid: string, value: Uint8Array) => shownExtension({ oid, critical: false, value })

  it('is decoded by the encoding that its OID requires', () => {
    expect(shown('1.3.6.1.4.1.57264.1.1', utf8ToBytes('https://i'))).toMatchObject({
      name: 'Issuer',
      text: 'https://i',
    })
    expect(shown('1.3.6.1.4.1.57264.1.8', derOf(derTag.utf8String, utf8ToBytes('https://i')))).toMatchObject({
      name: 'Issuer (V2)',
      text: 'https://i',
      readable: true,
    })
    expect(shown('1.3.6.1.4.1.57264.1.8', utf8ToBytes('https://i'))).toMatchObject({
      name: 'Fulcio extension of another encoding',
      readable: false,
    })
  })

  it('that is unknown is shown by its OID, in hex', () => {
    expect(shown('1.2.3', Uint8Array.of(1, 255))).toEqual({
      oid: '1.2.3',
      critical: false,
      name: 'Unknown extension',
      text: '01ff',
      readable: false,
    })
    expect(shown('1.3.6.1.4.1.57264.1.99', Uint8Array.of(1, 255))).toMatchObject({ text: '01ff' })
    expect(shown('2.5.29.15', Uint8Array.of(1, 255))).toMatchObject({
      name: 'Key usage',
      text: '01ff',
      readable: false,
    })
  })

  it('is always shown, however strange', () => {
    const oids = ['2.5.29.14', '2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.35', '2.5.29.37', '1.3.6.1.4.1.57264.1.8']
    fc.assert(
      fc.property(fc.constantFrom(...oids), fc.uint8Array({ maxLength: 60 }), (oid, value) => {
        const { text, readable } = shown(oid, value)
        if (!readable) expect(text).toBe(bytesToHex(value))
      }),
    )
  })

  it('belongs to one question', () => {
    const groups = Array.from({ length: 25 }, (_, at) => fulcioGroup(`1.3.6.1.4.1.57264.1.${at + 1}`))
    expect(groups.filter((group) => group === 'old')).toHaveLength(6)
    expect(groups.filter((group) => group === 'who')).toHaveLength(2)
    expect(groups.filter((group) => group === 'how')).toHaveLength(7)
    expect(groups.filter((group) => group === 'source')).toHaveLength(8)
    // .7 is a kind of name, and .25 is unknown.
    expect([groups[6], groups[24]]).toEqual(['unknown', 'unknown'])
  })
})

describe('a timestamp', () => {
  const [response = new Uint8Array()] = engineer.bytes.timestamps
  const stamp = readTimestamp(response)
  if (stamp === undefined) throw new Error('no timestamp')

  it('covers this signature, is from the trusted authority, at a time when that was valid', () => {
    const checked = checkTimestamp(stamp, engineer.bytes.signature, trust.timestampAuthorities)
    expect(fallen(checked.checks)).toEqual([])
    expect(checked.authority?.name).toBe('sandbox, tsa root')
    expect([stamp.time, stamp.policy, stamp.accuracy]).toEqual([engineer.timestamps[0], '1.3.6.1.4.1.57264.2', '1 s'])
  })

  it('is rejected for another signature, an unknown authority, or if it was changed', () => {
    const check = (...of: Parameters<typeof checkTimestamp>) => fallen(checkTimestamp(...of).checks)
    const { signature } = engineer.bytes
    expect(check(stamp, factsOf('intern').bytes.signature, trust.timestampAuthorities)).toEqual(['imprint failed'])
    expect(check(stamp, signature, [])).toEqual(['authority failed', 'stamp not-checked', 'valid-then not-checked'])
    const other = { ...stamp, signed: { ...stamp.signed, info: concatBytes(stamp.signed.info, Uint8Array.of(0)) } }
    expect(check(other, signature, trust.timestampAuthorities)).toEqual(['stamp failed'])
    const attributes = Uint8Array.from(stamp.signed.attributes, (byte, at) => (at === 9 ? byte ^ 1 : byte))
    const forged = { ...stamp, signed: { ...stamp.signed, attributes } }
    expect(check(forged, signature, trust.timestampAuthorities)).toEqual(['stamp failed'])
  })

  it('that is truncated or changed anywhere is accepted or not, and never throws', () => {
    for (let length = 0; length < response.length; length += 3) {
      expect(readTimestamp(response.subarray(0, length))).toBeUndefined()
    }
    fc.assert(
      fc.property(fc.nat({ max: response.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const read = readTimestamp(Uint8Array.from(response, (old, index) => (index === at ? byte : old)))
        if (read !== undefined) checkTimestamp(read, engineer.bytes.signature, trust.timestampAuthorities)
      }),
      // Each of them checks three signatures.
      { numRuns: 25 },
    )
  })
})

describe('the signature lines of a checkpoint', () => {
  const checkpoint = parseCheckpoint(engineer.logEntry.checkpoint)
  if (!checkpoint.ok) throw new Error('no checkpoint')

  it('name the trusted log and its key, or nothing', () => {
    expect(checkpointLines(checkpoint.value, trust.logs, 'note')).toMatchObject([
      { name: 'localhost', algorithm: 'EC P-256', log: { baseUrl: 'http://localhost:15565' }, verdict: 'passed' },
    ])
    expect(checkpointLines(checkpoint.value, [], 'note')).toMatchObject([{ log: null, verdict: 'not-checked' }])
    expect(checkpointLines(checkpoint.value, trust.logs, 'ct')).toMatchObject([{ verdict: 'not-checked' }])
  })

  it('fail if the text or the signature is another', () => {
    const other = { ...checkpoint.value, signedText: checkpoint.value.signedText.replace('\n1\n', '\n2\n') }
    expect(checkpointLines(other, trust.logs, 'note')).toMatchObject([{ verdict: 'failed' }])
    const [line] = checkpoint.value.signatures
    const garbage = {
      ...checkpoint.value,
      signatures: line === undefined ? [] : [{ ...line, signature: hexToBytes('00') }],
    }
    expect(checkpointLines(garbage, trust.logs, 'note')).toMatchObject([{ verdict: 'failed' }])
  })
})

describe('the body of a log entry', () => {
  const hash = 'ab'.repeat(32)

  it('of version 2 has its hash in base64 and its certificate in DER', () => {
    const body = readLogBody(engineer.logEntry.canonicalizedBody)
    expect(body).toMatchObject({ kind: 'hashedrekord', version: '0.0.2', known: true, hash: engineer.signedHash })
    expect(bytesToHex(body.certificate ?? new Uint8Array())).toBe(bytesToHex(engineer.bytes.certificate))
  })

  it.each([
    ['hashedrekord', '0.0.1', { data: { hash: { algorithm: 'sha256', value: hash } }, signature: { content: 'x' } }],
    [
      'dsse',
      '0.0.1',
      { envelopeHash: { value: 'cd' }, payloadHash: { algorithm: 'sha256', value: hash }, signatures: [] },
    ],
    [
      'dsse',
      '0.0.2',
      { dsseV002: { payloadHash: { digest: base64Of(hexToBytes(hash)) }, signatures: [{ content: 'x' }] } },
    ],
    ['intoto', '0.0.2', { content: { hash: { value: 'cd' }, payloadHash: { value: hash } } }],
  ])('of kind %s %s is read by its own fields', (kind, apiVersion, spec) => {
    expect(readLogBody(JSON.stringify({ kind, apiVersion, spec }))).toMatchObject({ kind, known: true, hash })
  })

  it('of an unknown kind, and garbage, is empty', () => {
    const nothing = { known: false, fields: [], hash: null, signature: null, certificate: null }
    const strange = { kind: 'alpine', apiVersion: '9', spec: { '<b>': '\u202e', deep: [{ a: 1 }] } }
    expect(readLogBody(JSON.stringify(strange))).toMatchObject({ ...nothing, kind: 'alpine', version: '9' })
    expect(readLogBody('no JSON')).toMatchObject({ ...nothing, kind: 'unknown' })
    expect(readLogBody('{"kind":"__proto__","apiVersion":"toString"}')).toMatchObject(nothing)
    expect(readLogBody(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)).toMatchObject(nothing)
    expect(readLogBody(JSON.stringify({ kind: 'k'.repeat(9000) })).kind).toHaveLength(100)
  })
})
