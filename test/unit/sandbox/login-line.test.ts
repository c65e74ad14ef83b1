import { expect, test } from 'vitest'
import { parseLoginLine } from '../../../src/core/sandbox/issuer/login-line.ts'
import { findPersona } from '../../../src/core/sandbox/personas.ts'

test('A line about a login is read; warnings, broken lines and other objects are not.', () => {
  const line = { type: 'login', issuer: 'http://localhost:1', login: 'abc', state: 'granted', persona: 'a@b.example' }
  expect(parseLoginLine(JSON.stringify(line))).toEqual(line)
  for (const text of [
    'oidc-provider WARNING: Unsupported runtime.',
    '{"type":"login"',
    '{"type":"other"}',
    JSON.stringify({ ...line, state: 'maybe' }),
  ]) {
    expect(parseLoginLine(text)).toBeUndefined()
  }
})

test('A persona is found by id and by e-mail address only.', () => {
  expect(findPersona('intern')).toBe(findPersona('intern@sandbox.example'))
  for (const name of ['', 'INTERN', 'intern@elsewhere.example', '__proto__']) expect(findPersona(name)).toBeUndefined()
})
