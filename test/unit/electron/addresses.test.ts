import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, isAppAddress, resolveAppPath } from '../../../electron/main/app-path.ts'
import { loginAddresses } from '../../../electron/main/login-address.ts'
import { allowedExternal, openExternal } from '../../../electron/main/open-external.ts'

describe('a path below app://attestor', () => {
  it('names a file of the page', () => {
    expect(resolveAppPath('app://attestor/index.html', '/page')).toBe('/page/index.html')
    expect(resolveAppPath('app://attestor/assets/main-B2_x.js?v=1#top', '/page')).toBe('/page/assets/main-B2_x.js')
    // A URL parser removes these before anything sees them; they lead nowhere else.
    expect(resolveAppPath('app://attestor/../../index.html', '/page')).toBe('/page/index.html')
    expect(resolveAppPath('app://attestor/a/%2e%2e/index.html', '/page')).toBe('/page/index.html')
  })

  it.each([
    'app://attestor/',
    'app://attestor',
    'app://attestor/..%2fmain.cjs',
    'app://attestor/%2e%2e%2fmain.cjs',
    'app://attestor/a/..%2f..%2f..%2fetc/passwd',
    'app://attestor/..%5cmain.cjs',
    'app://attestor/..\\..\\main.cjs%00.html',
    'app://attestor/%252e%252e/main.cjs',
    'app://attestor/%00',
    'app://attestor/a%00.html',
    'app://attestor/%ff',
    'app://attestor//etc/passwd',
    'app://attestor/%2fetc/passwd',
    'app://attestor/.hidden',
    'app://attestor/a/.git/config',
    'app://attestor/C:/Windows/win.ini',
    'app://attestor/a/',
    'app://attestor/%E2%80%AEtxt.html',
    'app://other/index.html',
    'app://attestor.example/index.html',
    'app://attestor:1/index.html',
    'app://user@attestor/index.html',
    'app:/attestor/index.html',
    'apps://attestor/index.html',
    'file:///page/index.html',
    'https://attestor/index.html',
    'index.html',
    '',
  ])('is none in %j', (address) => {
    expect(resolveAppPath(address, '/page')).toBeUndefined()
  })

  it('is ours by scheme and host alone', () => {
    expect(isAppAddress('app://attestor/anything')).toBe(true)
    for (const other of ['app://attestor@evil/', 'app://evil/', 'blob:app://attestor/x', 'about:blank', 'data:,', '']) {
      expect([other, isAppAddress(other)]).toEqual([other, false])
    }
  })

  it('comes with a policy that starts from nothing and allows nothing unsafe', () => {
    expect(contentSecurityPolicy).toMatch(/^default-src 'none';/)
    expect(contentSecurityPolicy).not.toMatch(/unsafe|\*|https?:|data:|blob:/)
    for (const closed of ['connect-src', 'base-uri', 'form-action', 'frame-ancestors']) {
      expect(contentSecurityPolicy).toContain(`${closed} 'none'`)
    }
  })
})

describe('an address for the person’s own browser', () => {
  it('is opened in its reassembled form', async () => {
    const opened: string[] = []
    const open = async (url: string): Promise<void> => void opened.push(url)
    expect(await openExternal('HTTPS://DOCS.sigstore.dev:443/a/../b?c=d#e', open)).toBe(true)
    expect(await openExternal('https://evil.example/', open)).toBe(false)
    expect(opened).toEqual(['https://docs.sigstore.dev/b?c=d#e'])
  })

  it.each([
    'http://docs.sigstore.dev/',
    'file:///etc/passwd',
    'javascript:alert(1)//https://docs.sigstore.dev/',
    'data:text/html,<script>alert(1)</script>',
    'smb://docs.sigstore.dev/share',
    'ms-settings:privacy',
    'vscode://file/etc/passwd',
    'https://docs.sigstore.dev.evil.example/',
    'https://evil.example/docs.sigstore.dev',
    'https://evil.example#docs.sigstore.dev',
    'https://docs.sigstore.dev@evil.example/',
    'https://evil.example\\@docs.sigstore.dev/',
    'https://user:password@docs.sigstore.dev/',
    'https://docs.sigstore.dev:8443/',
    'https://docs.sigstore.dev./',
    'https://docs.sigstоre.dev/',
    'https://docs.sigstore.dev/\u202egnp.exe',
    'https://docs.sigstore.dev/ --flag',
    'https://docs.sigstore.dev/\n',
    '--help',
    ' https://docs.sigstore.dev/',
    `https://docs.sigstore.dev/${'a'.repeat(3_000)}`,
    '',
  ])('is not %j', (address) => {
    expect(allowedExternal(address)).toBeUndefined()
  })
})

describe('the addresses of a login', () => {
  const issuer = 'http://localhost:5556'
  const url = (redirect: string): string => `${issuer}/auth?redirect_uri=${encodeURIComponent(redirect)}`

  it('are the issuer’s pages and exactly the callback', () => {
    const login = loginAddresses(url('http://localhost:4711/auth/callback'), issuer)
    if (!login.ok) throw new Error(login.error.what)
    const { allows, isCallback } = login.value
    expect(allows(`${issuer}/login/abc`)).toBe(true)
    expect(allows('http://localhost:4711/auth/callback?code=1&state=2')).toBe(true)
    expect(isCallback('http://localhost:4711/auth/callback?code=1')).toBe(true)
    for (const other of [
      'http://localhost:4711/',
      'http://localhost:4711/auth/callback/more',
      'http://127.0.0.1:4711/auth/callback',
      'https://localhost:4711/auth/callback',
      'http://localhost:5557/login',
      'http://user@localhost:5556/login',
      'http://localhost:5556.evil.example/',
      'app://attestor/index.html',
      'about:blank',
      '',
    ]) {
      expect([other, allows(other)]).toEqual([other, false])
    }
    expect(isCallback(`${issuer}/auth/callback`)).toBe(false)
  })

  it.each([
    ['another issuer', 'http://localhost:1/auth?redirect_uri=http%3A%2F%2Flocalhost%3A4711%2Fauth', issuer],
    ['no callback', `${issuer}/auth`, issuer],
    ['a callback elsewhere', url('https://evil.example/callback'), issuer],
    ['a callback that only looks local', url('http://localhost.evil.example/callback'), issuer],
    ['a callback that is no page', url('javascript:alert(1)'), issuer],
    [
      'an issuer without TLS elsewhere',
      'http://issuer.example/auth?redirect_uri=http%3A%2F%2Flocalhost%2F',
      'http://issuer.example',
    ],
    ['no address', 'not an address', issuer],
  ])('are refused with %s', (_what, address, from) => {
    expect(loginAddresses(address, from)).toMatchObject({ ok: false, error: { code: 'login.unexpected-answer' } })
  })
})
