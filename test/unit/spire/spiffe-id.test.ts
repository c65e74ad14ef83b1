import { expect, it } from 'vitest'
import { parseSpiffeId } from '../../../src/core/domain/spiffe/spiffe-id.ts'

it('reads trust domain and path', () => {
  expect(parseSpiffeId('spiffe://demo.test/a/b-1')).toEqual({
    ok: true,
    value: { trustDomain: 'demo.test', path: '/a/b-1' },
  })
})

it.each([
  'spiffe://demo.test',
  'spiffe://demo.test/',
  'spiffe://demo.test/a/',
  'spiffe://demo.test/a//b',
  'spiffe://demo.test/a/../b',
  'spiffe://demo.test/a?b',
  'spiffe://demo.test/a#b',
  'spiffe://demo.test:8/a',
  'spiffe://me@demo.test/a',
  'spiffe://Demo.test/a',
  'SPIFFE://demo.test/a',
  'https://demo.test/a',
  'spiffe://demo.test/%61',
  `spiffe://demo.test/${'a'.repeat(2048)}`,
])('refuses %j', (text) => {
  expect(parseSpiffeId(text)).toMatchObject({ ok: false, error: { code: 'spire.spiffe-id' } })
})
