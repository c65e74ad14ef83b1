import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatSelector,
  missingSelectors,
  parseSelector,
  type Selector,
} from '../../../src/core/domain/spiffe/selector.ts'

const of = (...texts: string[]): Selector[] =>
  texts.map((text) => {
    const parsed = parseSelector(text)
    if (!parsed.ok) throw new Error(text)
    return parsed.value
  })

describe('parseSelector', () => {
  it('splits at the first colon, so that a value may be a URL', () => {
    expect(of('sigstore:signer:https://issuer.test:8443|me@x.test')).toEqual([
      { type: 'sigstore', value: 'signer:https://issuer.test:8443|me@x.test' },
    ])
  })

  it.each(['', 'a', ':b', 'a:', 'a:b\nc', 'a\u0000:b', 'a:\u2028'])('refuses %j', (text) => {
    expect(parseSelector(text)).toMatchObject({ ok: false, error: { code: 'config.selector' } })
  })

  it('writes back what it was parsed from', () => {
    const printable = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(printable, printable, (type, value) => {
        const parsed = parseSelector(`${type}:${value}`)
        return !parsed.ok || formatSelector(parsed.value) === `${type}:${value}`
      }),
    )
  })
})

describe('missingSelectors', () => {
  it('finds nothing missing in a superset, in any order', () => {
    expect(missingSelectors(of('a:1', 'b:2'), of('c:3', 'b:2', 'a:1'))).toEqual([])
  })

  it('names what is missing, and takes no other type for the same value', () => {
    expect(missingSelectors(of('a:1', 'b:2'), of('b:1', 'b:2', 'a:11'))).toEqual(of('a:1'))
  })
})
