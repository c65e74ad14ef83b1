import { describe, expect, it } from 'vitest'
import { readCommand } from '../../../src/core/attestor/command/arguments.ts'
import { plain } from '../../../src/core/attestor/command/text.ts'

const read = (line: string) => readCommand(line.split(' ').filter((word) => word !== ''))
const id = '--certificate-identity a@b.example --certificate-oidc-issuer https://i.example'

describe('the attestor\u2019s command line', () => {
  it.each([
    ['', { name: 'plugin' }],
    ['--help', { name: 'help' }],
    ['--version', { name: 'version' }],
    ['--check-config /c.json', { name: 'check-config', file: '/c.json' }],
    [
      'explain web --json',
      { name: 'explain', container: 'web', config: '/etc/sigstore-attestor/plugin.json', json: true },
    ],
    ['explain --config /c web', { name: 'explain', container: 'web', config: '/c', json: false }],
    ['health', { name: 'health', config: '/etc/sigstore-attestor/plugin.json', waitSeconds: 0, alive: false }],
    ['health --config /c --wait 60', { name: 'health', config: '/c', waitSeconds: 60, alive: false }],
    ['health --alive', { name: 'health', config: '/etc/sigstore-attestor/plugin.json', waitSeconds: 0, alive: true }],
    [
      'verify-bundle --bundle b --key k f',
      { name: 'verify-bundle', bundle: 'b', signer: { key: 'k' }, trustedRoot: undefined, fileOrDigest: 'f' },
    ],
    [
      `verify-bundle --bundle b ${id} --trusted-root r f`,
      {
        name: 'verify-bundle',
        bundle: 'b',
        signer: { subject: 'a@b.example', issuer: 'https://i.example' },
        trustedRoot: 'r',
        fileOrDigest: 'f',
      },
    ],
  ])('reads %j', (line, expected) => {
    const command = read(line)
    expect(command.ok && command.value).toEqual(expected)
  })

  it.each([
    'explain',
    'explain a b',
    'explain a --bundle b',
    'attest x',
    '--unknown',
    'verify-bundle --bundle b f',
    'verify-bundle --key k f',
    'verify-bundle --bundle b --key k',
    `verify-bundle --bundle b --key k ${id} f`,
    'verify-bundle --bundle b --certificate-identity a f',
    `verify-bundle --staging --bundle b ${id} f`,
    `verify-bundle --bundle b ${id} --json f`,
    '--check-config /c.json --json',
  ])('refuses %j and says what it found', (line) => {
    const command = read(line)
    expect(command.ok ? '' : command.error.found).not.toBe('')
    expect(command.ok).toBe(false)
  })

  it('prints hostile text without its control characters', () => {
    expect(plain('a\u001b[2Jb\u202ec\nd')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}d')
    expect(plain('Zürich 東京')).toBe('Zürich 東京')
  })
})
