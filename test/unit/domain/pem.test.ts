import { describe, expect, it } from 'vitest'
import { certificatesInPem, pemOf } from '../../../src/core/domain/certificates/pem.ts'
import { caFileProblem } from '../../../src/core/network/ca-file.ts'
import { bundle, type LooseBundle } from '../../fixtures/sigstore-fixtures.ts'

const { verificationMaterial }: LooseBundle = JSON.parse(bundle('engineer'))
const pem = pemOf('CERTIFICATE', Buffer.from(verificationMaterial.certificate.rawBytes, 'base64'))
const damaged = 'a certificate that cannot be read'

describe('a CA file', () => {
  it.each([
    ['one certificate', pem],
    ['two', `${pem}${pem}`],
    ['Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['a byte order mark and names between', `\uFEFFAcme\n${pem}Other\n${pem}`],
    ['no line feed at the end', pem.trimEnd()],
    ['spaces at line ends', pem.replaceAll('\n', '  \n')],
  ])('is accepted with %s', (_, text) => {
    expect(caFileProblem(text)).toBeUndefined()
  })

  // TLS ignores each of these certificates, so a file with one does not do what its author expects.
  it.each([
    ['nothing', '', 'no certificate'],
    ['other text', 'hello', 'no certificate'],
    ['an indented certificate', pem.replaceAll(/^/gm, '  '), damaged],
    ['a tab before the certificate', `\t${pem}`, damaged],
    ['text before the certificate, in its line', `ca: ${pem}`, damaged],
    ['a good certificate and an indented one', `${pem}  ${pem}`, damaged],
    ['two in one line', `${pem.trimEnd()}${pem}`, damaged],
    ['a truncated last one', `${pem}${pem.slice(0, 200)}`, damaged],
    ['one inside another', `-----BEGIN CERTIFICATE-----\n${pem}`, damaged],
    ['other content', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', damaged],
  ])('is refused with %s', (_, text, problem) => {
    expect(caFileProblem(text)).toBe(problem)
  })
})

it('takes a text apart in one pass: many beginnings without an end are no certificates', () => {
  expect(certificatesInPem('-----BEGIN CERTIFICATE-----\n'.repeat(80_000))).toEqual([])
})
