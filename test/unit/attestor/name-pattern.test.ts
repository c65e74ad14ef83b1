import { describe, expect, it } from 'vitest'
import { matchesName } from '../../../src/core/attestor/config/name-pattern.ts'

describe('the name of an allowed signer', () => {
  it.each([
    ['a@b.example', 'a@b.example', true],
    ['a@b.example', 'aa@b.example', false],
    ['a.b', 'axb', false],
    ['.*', 'anybody', false],
    [{ pattern: '*@b.example' }, 'a@b.example', true],
    [{ pattern: '*@b.example' }, 'a@b.example.evil.test', false],
    [{ pattern: '*@b.example' }, 'x/y@b.example', false],
    [
      { pattern: 'https://github.com/us/*/.github/workflows/*@refs/tags/v*' },
      'https://github.com/us/app/.github/workflows/r.yml@refs/tags/v1',
      true,
    ],
    [
      { pattern: 'https://github.com/us/*/.github/workflows/*@refs/tags/v*' },
      'https://github.com/us/a/b/.github/workflows/r.yml@refs/tags/v1',
      false,
    ],
    [
      { pattern: 'https://github.com/us/*/.github/workflows/*@refs/tags/v*' },
      'https://github.com/usx/app/.github/workflows/r.yml@refs/tags/v1',
      false,
    ],
    [{ pattern: 'https://github.com/us/**' }, 'https://github.com/us/a/b/c', true],
    [{ pattern: 'https://github.com/us/**' }, 'evil https://github.com/us/a', false],
    [{ pattern: 'a.b+(c)' }, 'a.b+(c)', true],
    [{ pattern: 'a.b+(c)' }, 'axb+(c)', false],
    [{ pattern: 'a*' }, 'a', true],
    [{ pattern: '*a*' }, 'bab', true],
    [{ pattern: '*aab' }, 'aaaab', true],
    [{ pattern: 'a**c' }, 'a/b/c', true],
    [{ pattern: 'a*c' }, 'a/b/c', false],
  ])('%j and %j', (wanted, name, expected) => {
    expect(matchesName(wanted, name)).toBe(expected)
  })

  // With backtracking it would not end before the test's limit.
  it('is compared in little time, whatever the name consists of', () => {
    expect(matchesName({ pattern: `${'**a'.repeat(200)}b` }, 'a'.repeat(8_000))).toBe(false)
  })
})
