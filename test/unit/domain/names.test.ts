// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { cryptoProvider, Extension, X509CertificateGenerator } from '@peculiar/x509'
import { beforeAll, describe, expect, it } from 'vitest'
import { readFulcioCertificate } from '../../../src/core/domain/certificates/certificate.ts'
import { derNode, derOf, derTag } from '../../../src/core/domain/certificates/certificate-der.ts'
import { names } from '../../../src/core/domain/certificates/x509-extensions.ts'
import { parseSignerIdentity } from '../../../src/core/domain/identity.ts'

const issuer = 'https://issuer.example'
const subject = 'engineer@sandbox.example'
const text = (value: string): Uint8Array => Buffer.from(value)

// 1.3.6.1.4.1.57264.1.7, and the user principal name of Microsoft's directories, 1.3.6.1.4.1.311.20.2.3.
const fulcioUserType = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0x07]
const principalType = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x03]

/** An otherName of this type, with a UTF8String. */
const otherName = (type: readonly number[], value: string, tag: number = derTag.utf8String): Uint8Array =>
  derOf(0xa0, derOf(derTag.oid, Uint8Array.from(type)), derOf(0xa0, derOf(tag, text(value))))

/** A certificate with this one name, and further Fulcio extensions by their number. */
async function certificateOf(kind: 'email' | 'uri' | 'username', name: string, more: Record<number, string> = {}) {
  const named =
    kind === 'username' ? otherName(fulcioUserType, name) : derOf(kind === 'email' ? 0x81 : 0x86, text(name))
  return certificateWith(named, more)
}

async function certificateWith(name: Uint8Array, more: Record<number, string> = {}) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const san = derOf(derTag.sequence, name)
  const fulcio = Object.entries({ 8: issuer, ...more })
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: '',
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new Extension('2.5.29.17', true, san),
      ...fulcio.map(
        ([oid, value]) => new Extension(`1.3.6.1.4.1.57264.1.${oid}`, false, derOf(derTag.utf8String, text(value))),
      ),
    ],
  })
  return readFulcioCertificate(new Uint8Array(certificate.rawData))
}

beforeAll(() => cryptoProvider.set(webcrypto))

describe('the kind of a certificate\u2019s name', () => {
  it.each([
    ['email', subject],
    ['email', "o'neil+x@sandbox.example"],
    ['uri', 'https://github.com/acme/hello/.github/workflows/release.yml@refs/heads/main'],
    ['uri', 'spiffe://sandbox.example/build'],
    ['uri', 'mailto:engineer@sandbox.example'],
    ['username', 'engineer!sandbox.example'],
    ['username', 'jo@lan!sandbox.example'],
    ['username', 'Zoë!sandbox.example'],
  ] as const)('is kept for an %s: %s', async (kind, name) => {
    const read = await certificateOf(kind, name)
    expect(read).toMatchObject({ ok: true, value: { subjectKind: kind, signer: { subject: name, issuer } } })
  })

  it.each([
    ['a URI that reads like an e-mail address', 'uri', subject],
    ['a URI without a scheme', 'uri', '//sandbox.example/x'],
    ['an e-mail address that reads like a URI', 'email', 'https://github.com/acme@refs/heads/main'],
    ['an e-mail address with a scheme', 'email', `mailto:${subject}`],
    ['an e-mail address without "@"', 'email', 'engineer'],
    ['an e-mail address that reads like a user name', 'email', 'jo@lan!sandbox.example'],
    ['a user name that reads like a URI', 'username', 'https:x!sandbox.example'],
  ] as const)('is not to be mixed up: %s is rejected', async (_, kind, name) => {
    const read = await certificateOf(kind, name)
    expect(read).toMatchObject({ ok: false, error: { code: 'sigstore.certificate-invalid' } })
    expect(read.ok ? '' : read.error.expected).toMatch(/scheme/)
  })
})

describe('a user name', () => {
  it.each([
    ['without a domain', 'engineer!'],
    ['without a user', '!sandbox.example'],
    ['without "!"', 'engineer'],
    ['with two of them', 'a!b!sandbox.example'],
    ['that reads like an e-mail address', 'engineer!x@sandbox.example'],
  ])('%s is rejected', async (_, name) => {
    const read = await certificateOf('username', name)
    expect(read).toMatchObject({ ok: false, error: { expected: 'a user name as Fulcio writes it, user!domain' } })
  })

  it('counts only in an otherName of Fulcio\u2019s type, and as UTF-8', async () => {
    const name = 'engineer!sandbox.example'
    for (const san of [otherName(principalType, name), otherName(fulcioUserType, name, derTag.ia5String)]) {
      const read = await certificateWith(san)
      expect(read).toMatchObject({ ok: false, error: { found: 'an otherName of another type' } })
    }
  })

  it('is shown to people as such, and so is another one', () => {
    const shown = (san: Uint8Array) => names(derNode(derOf(derTag.sequence, san)))
    expect(shown(otherName(fulcioUserType, 'engineer!sandbox.example'))).toEqual(['user name engineer!sandbox.example'])
    expect(shown(otherName(principalType, 'x'))?.[0]).toMatch(/^otherName [0-9a-f]+$/)
  })
})

describe('a deceptive name', () => {
  it.each([
    ['a zero-width space', 'U+200B', `engineer\u200b@sandbox.example`],
    ['a zero-width joiner', 'U+200D', `engineer\u200d@sandbox.example`],
    ['a byte order mark', 'U+FEFF', `\ufeff${subject}`],
    ['a right-to-left override', 'U+202E', `\u202e${subject}`],
    ['a right-to-left mark', 'U+200F', `${subject}\u200f`],
    ['an isolate', 'U+2067', `\u2067${subject}`],
    ['a variation selector', 'U+FE0F', `engineer\ufe0f@sandbox.example`],
    ['a supplementary variation selector', 'U+E0101', `engineer\u{e0101}@sandbox.example`],
    ['a tag character', 'U+E0061', `engineer\u{e0061}@sandbox.example`],
    ['a grapheme joiner', 'U+034F', `engineer\u034f@sandbox.example`],
    ['a soft hyphen', 'U+00AD', `engi\u00adneer@sandbox.example`],
    ['a Hangul filler', 'U+3164', `engineer\u3164@sandbox.example`],
    ['a blank Braille pattern', 'U+2800', `engineer\u2800@sandbox.example`],
    ['a no-break space', 'U+00A0', `engineer\u00a0@sandbox.example`],
    ['an unassigned character', 'U+0378', `engineer\u0378@sandbox.example`],
    ['a private character', 'U+E000', `engineer\ue000@sandbox.example`],
    ['a lone surrogate', 'U+D800', `engineer\ud800@sandbox.example`],
    ['a control character', 'U+000A', `engineer\n@sandbox.example`],
    ['a space at the beginning', 'space', ` ${subject}`],
    ['a space at the end', 'space', `${subject} `],
    ['nothing', 'nothing', ''],
  ])('is rejected: %s', (_, found, name) => {
    for (const read of [parseSignerIdentity(name, issuer), parseSignerIdentity(subject, name)]) {
      expect(read).toMatchObject({ ok: false, error: { code: 'sigstore.unsafe-identity' } })
      expect(read.ok ? '' : read.error.found).toContain(found)
    }
    const shown = parseSignerIdentity(name, issuer)
    // The sentence itself must not carry the character to a terminal or a log.
    if (name !== '' && found !== 'space') expect(JSON.stringify(shown)).not.toContain(name)
  })

  it.each([
    'Jürgen@sandbox.example',
    '工程师@sandbox.example',
    'مهندس@sandbox.example',
    'अभियंता@sandbox.example',
    'https://ci.example/my build.yml@refs/heads/main',
  ])('is accepted where every character can be seen: %s', (name) => {
    expect(parseSignerIdentity(name, issuer).ok).toBe(true)
  })

  it('is rejected as the source repository of a certificate, too', async () => {
    const good = await certificateOf('email', subject, { 12: 'https://github.com/acme/hello' })
    expect(good.ok).toBe(true)
    const bad = await certificateOf('email', subject, { 12: 'https://github.com/acme/hello\u200b' })
    expect(bad).toMatchObject({ ok: false, error: { found: expect.stringContaining('U+200B') } })
  })
})
