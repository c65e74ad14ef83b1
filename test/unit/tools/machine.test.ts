import { describe, expect, test } from 'vitest'
import { describeFileError } from '../../../src/core/files/file-error.ts'
import { installCommand, parsePolicy } from '../../../src/core/tools/sources/debian.ts'
import { goFits } from '../../../src/core/tools/sources/go-toolchain.ts'

describe('Go on this machine', () => {
  test.each([
    ['go version go1.26.8 linux/amd64\n', true],
    ['go version go1.21 linux/arm64\n', true],
    ['go version go1.22rc1 linux/arm64\n', true],
    ['go version go1.20.14 linux/amd64\n', false],
    ['go version go1.19.8 linux/amd64\n', false],
    ['gccgo (Debian 12.2.0-14) 12.2.0\n', false],
    ['', false],
  ])('that says %j fits: %s', (output, fits) => {
    expect(goFits(output)).toBe(fits)
  })
})

describe('apt-cache policy', () => {
  test('gives the candidate of each package and leaves out those that have none', () => {
    const output = [
      'golang-go:',
      '  Installed: (none)',
      '  Candidate: 2:1.19~1',
      '  Version table:',
      '     2:1.19~1 500',
      'golang-1.22-go:',
      '  Installed: (none)',
      '  Candidate: (none)',
    ].join('\n')
    expect(parsePolicy(output)).toEqual(new Map([['golang-go', '2:1.19~1']]))
  })

  test('of nothing gives nothing', () => {
    expect(parsePolicy('')).toEqual(new Map())
  })
})

test('the suggested command names the packages and nothing that they only recommend', () => {
  expect(installCommand(['gcc', 'libc6-dev'])).toBe('apt-get install --no-install-recommends gcc libc6-dev')
})

test.each([
  ['ENOSPC', 'no space is left for /cache'],
  ['EROFS', '/cache lies on a read-only file system'],
  ['EACCES', 'you may not write /cache'],
  ['ENOTDIR', 'a part of /cache is a file, not a folder'],
])('the file error %s is explained in words', (code, words) => {
  expect(describeFileError(Object.assign(new Error(code), { code }), '/cache')).toBe(words)
})
