import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkSignature } from '../../../src/core/domain/certificates/public-key.ts'
import {
  issuerKeyHash,
  poisonOid,
  precertificateBody,
  sctListOid,
  sctsOf,
  signedBytes,
} from '../../../src/core/domain/certificates/sct.ts'
import { readTrustedRoot } from '../../../src/core/domain/certificates/trust.ts'
import {
  type Certificate,
  extensionOf,
  isSignedBy,
  readCertificate,
} from '../../../src/core/domain/certificates/x509.ts'
import { ctLeaf, ctTrustedRoot } from '../../fixtures/ct-fixtures.ts'

const read = (der: Uint8Array): Certificate => {
  const certificate = readCertificate(der)
  if (!certificate.ok) throw new Error(certificate.error.found)
  return certificate.value
}
const root = readTrustedRoot(ctTrustedRoot)
if (!root.ok) throw new Error(root.error.found)
const [log] = root.value.ctLogs
const fulcio = read(root.value.certificateAuthorities[0]?.chain[0] ?? new Uint8Array())
const leaf = read(ctLeaf())

describe('an SCT', () => {
  it('is read as the log wrote it', () => {
    expect(sctsOf(leaf)).toMatchObject([
      { version: 0, logId: log?.logId, leafIndex: '3', hashAlgorithm: 'SHA-256', signatureAlgorithm: 'ECDSA' },
    ])
    const [sct] = sctsOf(leaf) ?? []
    // The log's SCT is from the second in which Fulcio makes the certificate valid.
    expect(Math.abs((sct?.timestampMs ?? 0) - Date.parse(leaf.notBefore))).toBeLessThan(5_000)
    expect(sctsOf(fulcio)).toEqual([])
  })

  it('is the signature of the trusted log over the precertificate, and over nothing else', () => {
    const [sct] = sctsOf(leaf) ?? []
    const body = precertificateBody(leaf)
    if (sct === undefined || body === undefined || log === undefined) throw new Error('no SCT')
    const check = (promised: Parameters<typeof signedBytes>[0]) =>
      checkSignature({ spki: log.publicKey, message: signedBytes(promised), signature: sct.signature })
    const promised = { sct, body, issuerKeyHash: issuerKeyHash(fulcio) }
    expect(check(promised)).toBe('passed')
    expect(check({ ...promised, sct: { ...sct, timestampMs: sct.timestampMs + 1 } })).toBe('failed')
    expect(check({ ...promised, body: leaf.der.tbs })).toBe('failed')
    expect(check({ ...promised, issuerKeyHash: new Uint8Array(32) })).toBe('failed')
  })

  it('is not part of the precertificate: its body is the certificate’s without the list', () => {
    const body = precertificateBody(leaf) ?? new Uint8Array()
    expect(bytesToHex(body)).not.toContain('d679020402')
    expect(extensionOf(leaf, sctListOid)?.critical).toBe(false)
    expect(extensionOf(leaf, poisonOid)).toBeUndefined()
    expect(precertificateBody(fulcio)).toBeUndefined()
  })

  it('in a list that is truncated or garbage is unreadable', () => {
    const list = extensionOf(leaf, sctListOid)?.value ?? new Uint8Array()
    const withList = (value: Uint8Array): Certificate => ({
      ...leaf,
      extensions: [{ oid: sctListOid, critical: false, value }],
    })
    for (let length = 0; length < list.length; length += 1) {
      expect(sctsOf(withList(list.subarray(0, length)))).toBeUndefined()
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        sctsOf(withList(bytes))
      }),
    )
  })
})

describe('any certificate', () => {
  it('is signed by its CA, and a CA by itself', () => {
    expect(isSignedBy(leaf, fulcio)).toBe('passed')
    expect(isSignedBy(fulcio, fulcio)).toBe('passed')
    expect(isSignedBy(fulcio, leaf)).toBe('failed')
    expect(isSignedBy({ ...leaf, der: { ...leaf.der, tbs: fulcio.der.tbs } }, fulcio)).toBe('failed')
    expect(isSignedBy({ ...leaf, der: { ...leaf.der, algorithm: '1.2.3' } }, fulcio)).toBe('could-not-check')
  })

  it('that is truncated or changed anywhere is an error or another certificate, never an exception', () => {
    const der = ctLeaf()
    for (let length = 0; length < der.length; length += 5) {
      expect(readCertificate(der.subarray(0, length)).ok).toBe(false)
    }
    fc.assert(
      fc.property(fc.nat({ max: der.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const other = Uint8Array.from(der)
        other[at] = byte
        const certificate = readCertificate(other)
        if (!certificate.ok) return
        sctsOf(certificate.value)
        precertificateBody(certificate.value)
        if (bytesToHex(other) !== bytesToHex(der)) expect(certificate.value.fingerprint).not.toBe(leaf.fingerprint)
      }),
    )
  })
})
