import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../../src/core/domain/strict-json.ts'

describe('strict JSON', () => {
  it.each([
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '{"a":"a","b":"{\\"a\\":1,\\"a\\":2}"}',
    '["a","a",{"a":["a","a"],"b":"a"}]',
    '"a"',
    '{"a\\\\":1,"a":2}',
    '{"__proto__":1,"constructor":2}',
  ])('gives what JSON.parse gives: %s', (text) => {
    expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  it.each([
    ['at the top', '{"rootless":"refuse",\n"rootless":"allow"}', 'twice, in line 2'],
    ['in an object', '{"a":{"b":1,"c":2,"b":3}}', 'twice, in line 1'],
    ['in an array', '[[{"b":1,"b":3}]]', 'twice'],
    ['after another object', '{"a":{"x":{}},"b":[],"a":1}', 'twice'],
    ['equal only when its escapes are read', '{"rootless":1,"root\\u006cess":2}', 'twice'],
    ['with an escaped quote', '{"a\\"b":1,"a\\u0022b":2}', 'twice'],
    ['empty', '{"":1,"":2}', 'twice'],
    ['of the prototype', '{"__proto__":1,"__proto__":2}', 'twice'],
  ])('rejects a key that is there twice: %s', (_, text, problem) => {
    expect(parseStrictJson(text)).toEqual({ ok: false, error: expect.stringContaining(problem) })
  })

  it('rejects other text and repeats none of it', () => {
    expect(parseStrictJson('root:*:19000:')).toEqual({ ok: false, error: 'not JSON' })
    expect(parseStrictJson('')).toEqual({ ok: false, error: 'not JSON' })
  })

  it('rejects unbounded nesting', () => {
    const deep = `${'[1,'.repeat(50_000)}1${']'.repeat(50_000)}`
    expect(parseStrictJson(deep).ok).toBe(false)
    expect(parseStrictJson(`${'['.repeat(65)}${']'.repeat(65)}`)).toMatchObject({
      error: expect.stringContaining('64'),
    })
    expect(parseStrictJson(`${'['.repeat(64)}${']'.repeat(64)}`).ok).toBe(true)
  })
})
