import { describe, expect, it } from 'vitest'
import { isLoginPage, readDiscovery } from '../../../src/core/sigstore/login/discovery.ts'
import { deviceCodeIn, loginFlags, withConnector } from '../../../src/core/sigstore/login/login-options.ts'
import { mayBeOpened } from '../../../src/core/sigstore/login/login-pages.ts'
import { sshForward } from '../../../src/core/sigstore/login/ssh-forward.ts'

const issuer = 'https://login.acme.example'
const read = (more: object, of = issuer) =>
  readDiscovery(
    JSON.stringify({
      issuer: of,
      authorization_endpoint: `${of}/authorize`,
      token_endpoint: `${of}/token`,
      ...more,
    }),
    of,
  )

describe('a discovery document', () => {
  it('names the login page, wherever it is', () => {
    const found = read({
      authorization_endpoint: 'https://pages.elsewhere.example/oauth2?tenant=acme',
      code_challenge_methods_supported: ['plain', 'S256'],
      device_authorization_endpoint: `${issuer}/device`,
    })
    expect(found).toMatchObject({ ok: true, value: { issuer, pkce: true, deviceFlow: true } })
    const page = found.ok ? found.value.authorizationEndpoint : new URL('x:')
    expect(isLoginPage('https://pages.elsewhere.example/oauth2?tenant=acme&client_id=x', [page])).toBe(true)
    for (const other of [
      `${issuer}/authorize`,
      'https://pages.elsewhere.example/other',
      'http://pages.elsewhere.example/oauth2',
      'https://pages.elsewhere.example:444/oauth2',
      'https://me@pages.elsewhere.example/oauth2',
      'file:///etc/passwd',
      'x',
    ])
      expect(isLoginPage(other, [page])).toBe(false)
  })

  it('says what it has; without the word of PKCE it has none, except Microsoft’s', () => {
    expect(read({})).toMatchObject({ ok: true, value: { pkce: false, deviceFlow: false } })
    expect(read({ code_challenge_methods_supported: ['plain'] })).toMatchObject({ value: { pkce: false } })
    const page = 'https://login.microsoftonline.com/acme/oauth2/v2.0/authorize'
    expect(read({ authorization_endpoint: page })).toMatchObject({ value: { pkce: true } })
  })

  it.each([
    ['of another issuer', { issuer: 'https://evil.example' }, 'https://evil.example'],
    ['with another slash', { issuer: `${issuer}/` }, `${issuer}/`],
    ['without an issuer', { issuer: undefined }, 'a document without an issuer'],
    ['without a login page', { authorization_endpoint: undefined }, 'without the address of a login page'],
    ['with a login page that is no address', { authorization_endpoint: 'login' }, 'a login page at no address'],
    ['with a script', { authorization_endpoint: 'javascript:alert(1)' }, 'neither http nor https'],
    ['with a file', { authorization_endpoint: 'file:///etc/passwd' }, 'neither http nor https'],
    ['with a login', { authorization_endpoint: 'https://me:hunter22@a.example/' }, 'an address with a user in it'],
    ['without a token endpoint', { token_endpoint: undefined }, 'or of its tokens'],
    [
      'with tokens without TLS',
      { token_endpoint: 'http://evil.example/token' },
      'tokens at http://evil.example, without TLS',
    ],
    [
      'with a device flow without TLS',
      { device_authorization_endpoint: 'http://evil.example/d' },
      'a device flow at http',
    ],
    ['that gives up TLS', { authorization_endpoint: 'http://login.acme.example/authorize' }, 'without TLS although'],
  ])('%s is not used', (_, more, found) => {
    const answer = read(more)
    expect(answer.ok ? undefined : answer.error.found).toContain(found)
    expect(JSON.stringify(answer)).not.toContain('hunter22')
  })

  it('may have a login page on this machine, or no TLS at all', () => {
    expect(read({ authorization_endpoint: 'http://localhost:8080/authorize' })).toMatchObject({ ok: true })
    expect(read({}, 'http://login.lan')).toMatchObject({ ok: true })
  })

  it.each(['', '[]', 'null', '<html></html>', '{"issuer":1}'])('is not %j', (text) => {
    expect(readDiscovery(text, issuer)).toMatchObject({ ok: false })
  })
})

describe('an address that cosign asks for', () => {
  const pages = [new URL('https://pages.elsewhere.example/oauth2')]
  const opened = (address: string, unasked: readonly string[] = []) => mayBeOpened(address, { pages, unasked })

  it('is opened if it is a login page, or of an issuer that could not be asked', () => {
    expect(opened('https://pages.elsewhere.example/oauth2?state=x')).toBe(true)
    expect(opened(`${issuer}/anything`)).toBe(false)
    expect(opened(`${issuer}/anything`, [issuer])).toBe(true)
    expect(opened('https://pages.elsewhere.example/oauth2', [issuer])).toBe(true)
    for (const other of ['javascript:alert(1)', 'https://evil.example', 'file:///etc/passwd', 'x'])
      expect(opened(other, [issuer])).toBe(false)
  })
})

describe('a login', () => {
  it('is given to cosign as it takes it, the secret in a file', () => {
    const login = {
      clientId: 'acme-cli',
      clientSecret: 'hunter22',
      redirectUrl: 'http://localhost:8400/cb',
      flow: 'browser',
    } as const
    expect(loginFlags(login, '/run/secret')).toEqual([
      '--fulcio-auth-flow=normal',
      '--oidc-disable-ambient-providers',
      '--oidc-client-id=acme-cli',
      '--oidc-client-secret-file=/run/secret',
      '--oidc-redirect-url=http://localhost:8400/cb',
    ])
    expect(loginFlags({ clientId: '-x', flow: 'device' }, undefined)).toEqual([
      '--fulcio-auth-flow=device',
      '--oidc-disable-ambient-providers',
      '--oidc-client-id=-x',
    ])
  })

  it('names the chosen identity provider to the login page, and changes nothing else of its address', () => {
    const url = 'https://oauth2.sigstore.dev/auth/auth?client_id=sigstore&state=a%20b&code_challenge=x'
    expect(withConnector(url, undefined)).toBe(url)
    const chosen = new URL(withConnector(url, 'https://accounts.google.com'))
    expect(chosen.searchParams.get('connector_id')).toBe('https://accounts.google.com')
    chosen.searchParams.delete('connector_id')
    expect([...chosen.searchParams]).toEqual([...new URL(url).searchParams])
  })

  it('by a code is read from what cosign prints', () => {
    const line =
      'Enter the verification code ABCD-EFGH in your browser at: https://a.example/device?user_code=ABCD-EFGH'
    expect(deviceCodeIn(line)).toEqual({ code: 'ABCD-EFGH', address: 'https://a.example/device?user_code=ABCD-EFGH' })
    for (const other of [
      line.replace('https:', 'file:'),
      ` ${line}`,
      'Code will be valid for 300 seconds',
      'Token received!',
    ])
      expect(deviceCodeIn(other)).toBeUndefined()
  })
})

describe('the way from a browser on another machine', () => {
  const url = 'https://a.example/authorize?redirect_uri=http%3A%2F%2Flocalhost%3A43211%2Fauth%2Fcallback'
  const facts = { connection: undefined, user: 'ada', hostname: 'build7' }
  it.each([
    ['without SSH', undefined, 'ssh -L 43211:localhost:43211 ada@build7'],
    ['by SSH', '10.0.0.9 51234 10.0.0.5 22', 'ssh -L 43211:localhost:43211 ada@10.0.0.5'],
    ['by another port', '10.0.0.9 51234 10.0.0.5 2222', 'ssh -L 43211:localhost:43211 -p 2222 ada@10.0.0.5'],
    ['by IPv6', 'fd00::9 51234 fd00::5 22', 'ssh -L 43211:localhost:43211 ada@fd00::5'],
    ['an odd variable', '$(id) x', 'ssh -L 43211:localhost:43211 ada@build7'],
  ])('%s', (_, connection, command) => {
    expect(sshForward(url, { ...facts, connection })).toBe(command)
  })

  it('is none without a callback on this machine', () => {
    for (const other of ['https://a.example/', 'x', 'https://a.example/?redirect_uri=https://b.example/cb'])
      expect(sshForward(other, facts)).toBeUndefined()
  })
})
