import { createHash, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readFulcioCertificate } from '../../../src/core/domain/certificates/certificate.ts'
import { derNode, derOid, derTime } from '../../../src/core/domain/certificates/certificate-der.ts'
import { fulcioExtension } from '../../../src/core/domain/certificates/certificate-extensions.ts'
import { certificates } from '../../fixtures/certificates.ts'
import { bundle, type LooseBundle } from '../../fixtures/sigstore-fixtures.ts'

const parsed: LooseBundle = JSON.parse(bundle('engineer'))
const leaf = Buffer.from(parsed.verificationMaterial.certificate.rawBytes, 'base64')

const certificate = (name: keyof typeof certificates): Buffer => Buffer.from(certificates[name], 'base64')
const found = (der: Buffer): string => {
  const result = readFulcioCertificate(der)
  return result.ok ? `${result.value.signer.subject} ${result.value.signer.issuer}` : (result.error.found ?? '')
}

describe('reading a Fulcio certificate', () => {
  it('agrees with Node about a certificate that Fulcio issued', () => {
    const node = new X509Certificate(leaf)
    const result = readFulcioCertificate(leaf)
    if (!result.ok) throw new Error(result.error.found)
    const { value } = result
    expect(value.serial).toBe(node.serialNumber.toLowerCase())
    expect(value.fingerprint).toBe(node.fingerprint256.replaceAll(':', '').toLowerCase())
    expect(Date.parse(value.notBefore)).toBe(Date.parse(node.validFrom))
    expect(Date.parse(value.notAfter)).toBe(Date.parse(node.validTo))
    expect(value.pem).toBe(node.toString())
    const spki = node.publicKey.export({ type: 'spki', format: 'der' })
    expect(value.publicKeyHash).toBe(createHash('sha256').update(spki).digest('hex'))
    expect(node.subjectAltName).toBe(`email:${value.signer.subject}`)
    expect(value.extensions.map(({ name, value: text }) => [name, text])).toEqual([
      ['Issuer', 'http://localhost:15561'],
      ['Issuer (V2)', 'http://localhost:15561'],
      ['Token Subject', 'engineer'],
    ])
  })

  it('accepts an e-mail address or a URI, and the issuer from either extension', () => {
    expect(found(certificate('email'))).toBe('a@x.example https://i')
    expect(found(certificate('uri'))).toBe('https://x.example/w https://i')
  })

  it.each([
    ['no SAN', 'noSan', '0'],
    ['two SANs', 'twoSans', '2'],
    ['a SAN of another kind', 'dnsSan', 'tag 130'],
    ['no issuer', 'noIssuer', 'none'],
    ['two issuers that differ', 'twoIssuers', 'and'],
    ['an issuer of another encoding', 'issuerOtherCoding', 'encoding'],
    ['an issuer that would make a selector ambiguous', 'issuerWithBar', '|'],
  ] as const)('refuses %s', (_, name, text) => {
    const result = readFulcioCertificate(certificate(name))
    expect(result.ok).toBe(false)
    expect(result.ok ? '' : result.error.found).toContain(text)
  })

  it('refuses a certificate that is truncated at any place', () => {
    for (let length = 0; length < leaf.length; length += 7) {
      expect(readFulcioCertificate(leaf.subarray(0, length)).ok).toBe(false)
    }
    expect(readFulcioCertificate(Buffer.concat([leaf, Buffer.from([0])])).ok).toBe(false)
  })
})

describe('reading DER', () => {
  it('reads OIDs with large arcs', () => {
    expect(derOid(derNode(Buffer.from('060a2b0601040183bf300118', 'hex')))).toBe('1.3.6.1.4.1.57264.1.24')
    expect(derOid(derNode(Buffer.from('0603551d11', 'hex')))).toBe('2.5.29.17')
  })

  it('reads both forms of time', () => {
    const time = (tag: number, text: string) =>
      derTime(derNode(Buffer.concat([Buffer.from([tag, text.length]), Buffer.from(text)])))
    expect(time(0x17, '261121105158Z')).toBe('2026-11-21T10:51:58Z')
    expect(time(0x17, '991121105158Z')).toBe('1999-11-21T10:51:58Z')
    expect(time(0x18, '20501121105158Z')).toBe('2050-11-21T10:51:58Z')
    expect(time(0x18, '20261399105158Z')).toBeUndefined()
  })

  it('refuses lengths that are indefinite or beyond the end', () => {
    expect(['3080', '30850101', '300500', '30'].map((hex) => derNode(Buffer.from(hex, 'hex')))).toEqual(
      Array(4).fill(undefined),
    )
  })

  it('names an unknown extension by its number alone', () => {
    expect(fulcioExtension('1.3.6.1.4.1.57264.1.99', Buffer.from('0c0161', 'hex'))).toMatchObject({ value: 'a' })
    expect(fulcioExtension('1.2.3', Buffer.from('a'))).toBeUndefined()
  })
})
