import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChallenges, parseLinks } from '../../../src/core/registry/http/http-fields.ts'
import { nextPage } from '../../../src/core/registry/http/next-page.ts'

const base = new URL('https://reg.example/v2/a/referrers/sha256:x')
const next = (field: string | null): string => {
  const page = nextPage(field, base)
  return page.kind === 'next' ? page.url.href : page.kind
}
const there = 'https://reg.example/v2/a/referrers/sha256:x?n=2'

describe('the next page', () => {
  it.each([
    '<?n=2>; rel=next',
    '<?n=2>; title="x"; rel="next"',
    '<?n=2>;REL="NEXT"',
    '<?n=2> ; rel = "next"',
    '<?n=2>; rel="last next"',
    '<?n=2>; nopush; rel=next',
    '<?n=2>;; rel=next;',
    '<?n=2>; title="a, b; c\\"<"; rel="next"',
    `<?n=2>; title*=UTF-8''x; type=text/html; rel="next"`,
    '<?n=1>; rel=prev, <?n=2>; rel=next',
    ', <?n=2>; rel=next ,',
    '<?n=2>; rel=next, <?n=2>; rel=next',
    '</v2/a/referrers/sha256:x?n=2>; rel="next"',
    '<./sha256:x?n=2>; rel=next',
    `<${there}>; rel="next"`,
    '<?n=2>; rel=next; anchor=""',
    '<?n=2>; rel=next; anchor="#list"',
    '<?n=1>; rel=next; anchor="/other", <?n=2>; rel=next',
  ])('is that of %s', (field) => {
    expect(next(field)).toBe(there)
  })

  it.each([
    [null],
    [''],
    [' , '],
    ['<?n=1>; rel=prev'],
    ['<?n=2>; rel=prev; rel=next'],
    ['<?n=2>; title="rel=next"; rel=prev'],
    ['<?n=2>; rel=nextpage'],
    ['<?n=2>; rel=next; anchor="/other"'],
  ])('is none for %s', (field) => {
    expect(next(field)).toBe('last')
  })

  it.each([
    'garbage',
    '?n=2; rel=next',
    '<?n=2; rel=next',
    '<?n=2>; title="rel=next',
    '<?n=2> rel=next',
    '<?n=2>; rel="next"x',
    '<?n=2>; rel=prev <?n=3>; rel=next',
    '<?n=2>; rel=next, <?n=3>; rel=next',
    '<http://[>; rel=next',
    '<?n=2>',
    '<?n=2>; rel',
    '<?n=2>; rel=""',
    `<?n=2>; rel='next'`,
    '<?n=1>; rel=prev, <?n=2>',
  ])('is unknown for %s', (field) => {
    expect(next(field)).toBe('unknown')
  })

  it('is found whatever stands beside it', () => {
    const name = fc.stringMatching(/^[a-qs-z][a-z0-9*-]{0,8}$/).filter((text) => text !== 'anchor')
    const value = fc.oneof(
      fc.string().map((text) => `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll(/[\r\n]/g, ' ')}"`),
      fc.stringMatching(/^[a-z0-9.-]+$/),
    )
    const parameter = fc.tuple(name, value).map(([key, text]) => `; ${key}=${text}`)
    const parameters = fc.array(parameter, { maxLength: 4 }).map((list) => list.join(''))
    fc.assert(
      fc.property(parameters, parameters, parameters, (one, two, other) => {
        expect(next(`<?n=1>${other}; rel=prev, <?n=2>${one}; rel=next${two}`)).toBe(there)
      }),
    )
  })
})

describe('challenges', () => {
  const read = (field: string) =>
    parseChallenges(field).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

  it.each<[string, [string, object][]]>([
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    ['Basic', [['basic', {}]]],
    ['BEARER Realm="https://x/t",Service=reg', [['bearer', { realm: 'https://x/t', service: 'reg' }]]],
    [
      'Bearer realm=https://x/t?a=b,service="a, \\"b\\""',
      [['bearer', { realm: 'https://x/t?a=b', service: 'a, "b"' }]],
    ],
    [
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate YWJj==, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Basic realm="x", Bearer realm = "y" , scope="a b"',
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y', scope: 'a b' }],
      ],
    ],
    [
      'Basic , , Bearer a=b,,c=d',
      [
        ['basic', {}],
        ['bearer', { a: 'b', c: 'd' }],
      ],
    ],
    ['Bearer realm="x",realm="y"', [['bearer', { realm: 'x' }]]],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
        ['basic', { realm: 'simple' }],
      ],
    ],
  ])('%s', (field, expected) => {
    expect(read(field)).toEqual(expected)
  })

  it.each(['', '"', '=', 'Bearer realm="x', '{}'])('that cannot be read are none: %s', (field) => {
    expect(read(field)).toEqual([])
  })

  it('before one that cannot be read count', () => {
    expect(read('Basic realm="x", Bearer realm="')).toEqual([['basic', { realm: 'x' }]])
  })

  it('and links of any text end', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        parseChallenges(text)
        parseLinks(text)
      }),
    )
    for (const hostile of [
      '<>;'.repeat(20_000),
      'a '.repeat(20_000),
      ' '.repeat(60_000),
      `a "${'\\'.repeat(60_000)}`,
      'a=,'.repeat(20_000),
      `a ${'b'.repeat(60_000)}`,
    ]) {
      parseChallenges(hostile)
      parseLinks(hostile)
    }
  })
})
