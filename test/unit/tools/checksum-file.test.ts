import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksumOf } from '../../../src/core/tools/sources/checksum-file.ts'

const one = 'a'.repeat(64)
const other = 'b'.repeat(64)

describe('a checksum file', () => {
  test.each([
    ['lines of sha256sum', `${other}  cosign-linux-arm64\n${one}  cosign-linux-amd64\n`],
    ['lines for binary files', `${one} *cosign-linux-amd64\n`],
    ['paths in this folder', `${one}  ./cosign-linux-amd64\n`],
    ['Windows line ends', `${one}  cosign-linux-amd64\r\n`],
    ['one hash alone', `${one}\n`],
    ['one hash alone and a NUL, as sha256sum -z leaves it', `${one}\n\0`],
    ['upper-case hex', `${one.toUpperCase()}  cosign-linux-amd64\n`],
  ])('with %s gives the hash', (_what, text) => {
    expect(checksumOf(text, 'cosign-linux-amd64')).toEqual({ ok: true, value: one })
  })

  test.each([
    ['no line for the file', `${one}  cosign-linux-amd64.sbom\n`],
    ['a longer name', `${one}  evil-cosign-linux-amd64\n`],
    ['a short hash', `${one.slice(1)}  cosign-linux-amd64\n`],
    ['an HTML page', '<html>Not found</html>'],
    ['nothing', ''],
  ])('with %s gives none', (_what, text) => {
    expect(checksumOf(text, 'cosign-linux-amd64')).toMatchObject({
      ok: false,
      error: expect.stringContaining('no line'),
    })
  })

  test('with two hashes for one file is refused', () => {
    const text = `${one}  cosign-linux-amd64\n${other}  cosign-linux-amd64\n`
    expect(checksumOf(text, 'cosign-linux-amd64')).toMatchObject({
      ok: false,
      error: expect.stringContaining('different'),
    })
  })

  test('of any text never gives anything but 64 lower-case hex characters', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = checksumOf(text, 'x')
        return !result.ok || /^[0-9a-f]{64}$/.test(result.value)
      }),
    )
  })
})
