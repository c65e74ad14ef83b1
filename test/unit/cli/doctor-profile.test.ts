import { expect, it } from 'vitest'
import { profileText } from '../../../src/cli/setup/doctor-profile.ts'

it('what could not be checked is neither called wrong nor fine', () => {
  const check = { expected: 'x', found: 'y', remedy: 'z' }
  const text = profileText('Acme', '/acme.json', [
    { id: 'login', verdict: 'passed', expected: 'x', found: 'y' },
    { id: 'fulcio', verdict: 'could-not-check', ...check },
    { id: 'registry', verdict: 'failed', ...check },
    { id: 'spire', verdict: 'not-present', ...check },
    { id: 'clock', verdict: 'not-checked', expected: 'x', found: 'y' },
  ])
  expect(text.match(/^\S+ +\w+: .*$/gm)).toEqual([
    'fine   login: passed',
    '?      fulcio: could not check',
    'WRONG  registry: failed',
    'WRONG  spire: not present',
    'fine   clock: not checked yet',
  ])
  expect(text).toContain('2 of 5 are wrong; 1 of 5 could not be checked. Nothing was signed.')
})
