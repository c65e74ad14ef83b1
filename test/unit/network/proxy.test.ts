import { describe, expect, it } from 'vitest'
import { proxyEnvironment, proxySecrets, routeTo } from '../../../src/core/network/proxy.ts'

const proxy = 'http://proxy.acme.example:3128'
const route = (url: string, env: Record<string, string>) => {
  const found = routeTo(new URL(url), env)
  return found.kind === 'proxy' ? `${found.variable} ${found.proxy.host}` : found.kind
}

describe('the route to an address', () => {
  it.each([
    ['nothing is set', 'https://fulcio.acme.example', {}, 'direct'],
    ['https', 'https://fulcio.acme.example', { HTTPS_PROXY: proxy }, 'HTTPS_PROXY proxy.acme.example:3128'],
    ['in small letters', 'https://fulcio.acme.example', { https_proxy: proxy }, 'https_proxy proxy.acme.example:3128'],
    [
      'both: capitals first',
      'https://a.example',
      { HTTPS_PROXY: proxy, https_proxy: 'http://b' },
      'HTTPS_PROXY proxy.acme.example:3128',
    ],
    ['a blank one is none', 'https://a.example', { HTTPS_PROXY: '', https_proxy: 'http://b' }, 'https_proxy b'],
    ['http', 'http://fulcio.acme.example', { HTTP_PROXY: proxy }, 'HTTP_PROXY proxy.acme.example:3128'],
    ['https is not proxied by HTTP_PROXY', 'https://a.example', { HTTP_PROXY: proxy }, 'direct'],
    ['http is not proxied by HTTPS_PROXY', 'http://a.example', { HTTPS_PROXY: proxy }, 'direct'],
    ['ALL_PROXY does not count', 'https://a.example', { ALL_PROXY: proxy }, 'direct'],
    [
      'no scheme',
      'https://a.example',
      { HTTPS_PROXY: 'proxy.acme.example:3128' },
      'HTTPS_PROXY proxy.acme.example:3128',
    ],
    ['an https proxy', 'https://a.example', { HTTPS_PROXY: 'https://p.example' }, 'HTTPS_PROXY p.example'],
    ['a SOCKS proxy', 'https://a.example', { HTTPS_PROXY: 'socks5://p.example:1080' }, 'unusable'],
    ['no address', 'https://a.example', { HTTPS_PROXY: 'http://:::' }, 'unusable'],
  ])('%s', (_, url, env, expected) => expect(route(url, env)).toBe(expected))

  it.each([
    'http://localhost:8080',
    'https://localhost',
    'http://127.0.0.1:9',
    'http://127.9.9.9',
    'https://[::1]:8443',
    'https://LOCALHOST',
  ])('never leads to this machine through a proxy: %s', (url) => {
    expect(route(url, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy })).toBe('direct')
  })

  // golang.org/x/net/http/httpproxy, proxy_test.go and its documentation.
  it.each([
    ['a.example', 'https://a.example', true],
    ['a.example', 'https://sub.a.example', true],
    ['a.example', 'https://nota.example', false],
    ['.a.example', 'https://sub.a.example', true],
    ['.a.example', 'https://a.example', false],
    ['*.a.example', 'https://sub.a.example', true],
    ['*.a.example', 'https://a.example', false],
    ['A.EXAMPLE', 'https://a.example', true],
    ['b.example, a.example', 'https://a.example', true],
    ['*', 'https://a.example', true],
    ['a.example:443', 'https://a.example', true],
    ['a.example:443', 'https://a.example:8443', false],
    ['a.example:8443', 'https://a.example:8443', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:8443', 'https://10.1.2.3', false],
    ['10.1.2.3:443', 'https://10.1.2.3', true],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['fd00::1', 'https://[fd00::2]', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    [',, ,', 'https://a.example', false],
    ['10.0.0.0/8', 'https://a.example', false],
  ])('NO_PROXY=%s and %s: without the proxy %s', (list, url, exempt) => {
    expect(route(url, { HTTPS_PROXY: proxy, NO_PROXY: list })).toBe(
      exempt ? 'direct' : 'HTTPS_PROXY proxy.acme.example:3128',
    )
  })

  it('says why a variable cannot be used, without its value', () => {
    const found = routeTo(new URL('https://a.example'), { HTTPS_PROXY: 'socks5://me:hunter22@p.example' })
    expect(found).toMatchObject({ kind: 'unusable', variable: 'HTTPS_PROXY' })
    expect(JSON.stringify(found)).not.toContain('hunter22')
  })
})

describe('the proxy variables', () => {
  const env = {
    HTTPS_PROXY: 'http://me:hunt%40er22@p.example',
    no_proxy: 'a.example',
    ALL_PROXY: 'socks5://x',
    OTHER: '1',
  }

  it('are passed on, and nothing else', () => {
    const { OTHER: _, ...rest } = env
    expect(proxyEnvironment(env)).toEqual(rest)
  })

  it.each(['http://me:12#hunter22@p.example', 'http://me:12/hunter22@p.example', 'me:12?hunter22@p.example'])(
    'whose password ends the host too early (%s) cannot be used, and nothing of it is repeated',
    (value) => {
      const route = routeTo(new URL('https://a.example'), { HTTPS_PROXY: value })
      expect(route).toMatchObject({ kind: 'unusable', variable: 'HTTPS_PROXY' })
      expect(JSON.stringify(route)).not.toMatch(/hunter22|me:12/)
    },
  )

  it('may hold a password, which is masked in every form in which a program may print it', () => {
    expect(proxySecrets(env)).toEqual([
      'me:hunt%40er22',
      'hunt%40er22',
      'hunt@er22',
      Buffer.from('me:hunt@er22').toString('base64'),
    ])
    expect(proxySecrets({ HTTPS_PROXY: 'http://me:12#hunter22@p.example:3128' })).toContain('12#hunter22')
    expect(proxySecrets({ HTTPS_PROXY: 'http://t0ken-of-me@p.example' })).toContain('t0ken-of-me')
    expect(proxySecrets({ HTTPS_PROXY: 'http://me:hunt er22@p:x' })).toContain('hunt er22')
    expect(proxySecrets({ HTTP_PROXY: 'p.example:3128', NO_PROXY: 'http://a:b@c' })).toEqual([])
  })
})
