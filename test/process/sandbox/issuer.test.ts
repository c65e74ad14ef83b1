import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { freePort } from '../../../src/core/machine/ports.ts'
import { type Service, startService } from '../../../src/core/process/services/service.ts'
import { requestBuildToken } from '../../../src/core/sandbox/build-token.ts'
import { type LoginLine, parseLoginLine } from '../../../src/core/sandbox/issuer/login-line.ts'
import { issuerUrl, makeIssuerState } from '../../../src/core/sandbox/issuer-state.ts'
import { type LoginOptions, loginAs } from '../../../src/core/sandbox/login-client.ts'
import { answers } from '../../../src/core/sandbox/probe.ts'
import { askDiscovery } from '../../../src/core/sigstore/login/discovery.ts'
import { usualLogin } from '../../../src/core/sigstore/login/login-options.ts'
import { probeClient } from '../../../src/core/sigstore/login/probe-client.ts'
import { buildClaims, buildIssuer } from '../../../src/core/workflow/build-system.ts'
import { ownPrograms } from './own-programs.ts'

let folder: string
let own: ReturnType<typeof ownPrograms>
const services: Service[] = []
let issuer: string
let second: string
let callback: Server
const lines: LoginLine[] = []
const printed: string[] = []
/** What cosign's callback received. */
const called: URL[] = []

const startIssuer = (stateFile: string, url: string, id = 'issuer') =>
  startService({
    id,
    program: process.execPath,
    args: [own.issuerEntry, stateFile, new URL(url).port],
    logFile: join(folder, `${id}.log`),
    pidFolder: join(folder, 'pids'),
    readyTimeoutMs: 20_000,
    probe: answers(`${url}/.well-known/openid-configuration`),
    onLine: ({ text }) => {
      printed.push(text)
      const line = parseLoginLine(text)
      if (line) lines.push(line)
    },
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuer-test-'))
  own = ownPrograms()
  const [port, secondPort] = [await freePort(), await freePort()]
  issuer = issuerUrl(port)
  second = issuerUrl(secondPort)
  const state = join(folder, 'issuer.json')
  await writeFile(state, JSON.stringify(await makeIssuerState(port, secondPort)), { mode: 0o600 })
  for (const [id, url] of [
    ['issuer', issuer],
    ['second-issuer', second],
  ] as const) {
    const result = await startIssuer(state, url, id)
    if (!result.ok) throw new Error(JSON.stringify(result.error))
    services.push(result.value)
  }
  callback = createServer((incoming, response) => {
    called.push(new URL(incoming.url ?? '', 'http://localhost'))
    response.end('done')
  })
  await new Promise<void>((resolve) => callback.listen(0, 'localhost', resolve))
})
afterAll(async () => {
  for (const service of services) await service.stop()
  callback?.close()
  await rm(folder, { recursive: true, force: true })
  await rm(own.folder, { recursive: true, force: true })
})
beforeEach(() => {
  lines.length = 0
  called.length = 0
})

const redirectUri = (): string => `http://localhost:${(callback.address() as AddressInfo).port}/auth/callback`

/** A login as cosign starts it. */
function begin(base = issuer) {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const url = new URL(`${base}/auth`)
  url.search = new URLSearchParams({
    access_type: 'online',
    client_id: 'sigstore',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    nonce: 'a-nonce',
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: 'openid email',
    state: 'a-state',
  }).toString()
  return { url: url.href, verifier, challenge }
}

const login = (url: string, more: Partial<LoginOptions> = {}) =>
  loginAs({ url, issuer, persona: 'engineer', decision: 'allow', ...more })

const loginPage = async (): Promise<{ page: Response; url: URL; cookie: string }> => {
  const first = await fetch(begin().url, { redirect: 'manual' })
  const cookie = first.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const url = new URL(first.headers.get('location') ?? '', issuer)
  return { page: await fetch(url, { headers: { cookie } }), url, cookie }
}

describe('the issuer', () => {
  test('has what the check of a profile asks for: PKCE, and a login page for cosign’s client', async () => {
    const how = { signal: AbortSignal.timeout(10_000) }
    const read = await askDiscovery(issuer, how)
    expect(read).toMatchObject({ ok: true, value: { issuer, pkce: true } })
    if (!read.ok) return
    const probe = (login: object) => probeClient(read.value.authorizationEndpoint, { ...usualLogin, ...login }, how)
    expect(await probe({})).toEqual({ kind: 'accepted' })
    expect(await probe({ clientId: 'another' })).toMatchObject({ kind: 'refused' })
    expect(await probe({ redirectUrl: 'http://localhost:8400/elsewhere' })).toMatchObject({ kind: 'refused' })
  })

  test('gives cosign a code, and for it an ID token with what Fulcio needs', async () => {
    const { url, verifier, challenge } = begin()
    expect(await login(url)).toEqual({ ok: true, value: undefined })
    const [answer] = called
    expect(answer?.searchParams.get('state')).toBe('a-state')
    const token = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'sigstore',
        code: answer?.searchParams.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: redirectUri(),
      }),
    })
    const { id_token: idToken } = (await token.json()) as { id_token: string }
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({
      iss: issuer,
      aud: 'sigstore',
      sub: 'engineer@sandbox.example',
      email: 'engineer@sandbox.example',
      email_verified: true,
      nonce: 'a-nonce',
    })
    await expect
      .poll(() => lines)
      .toEqual([
        { type: 'login', issuer, login: challenge, state: 'waiting', persona: null },
        { type: 'login', issuer, login: challenge, state: 'granted', persona: 'engineer@sandbox.example' },
      ])
    const code = answer?.searchParams.get('code') ?? 'none'
    expect(printed.filter((line) => line.includes('eyJ') || line.includes(code) || line.includes(idToken))).toEqual([])
  })

  test('reports a refused login to cosign and to us', async () => {
    const { url, challenge } = begin()
    expect((await login(url, { decision: 'deny' })).ok).toBe(true)
    expect(called[0]?.searchParams.get('error')).toBe('access_denied')
    expect(called[0]?.searchParams.get('code')).toBeNull()
    await expect.poll(() => lines.at(-1)).toMatchObject({ login: challenge, state: 'denied', persona: null })
  })

  test('exists twice: the second one has its own process, name and keys', async () => {
    const keys = (url: string) => fetch(`${url}/jwks`).then((answer) => answer.json())
    expect(await keys(second)).not.toEqual(await keys(issuer))
    expect(new Set(services.map(({ pid }) => pid)).size).toBe(2)
    expect((await login(begin(second).url, { issuer: second, persona: 'outsider' })).ok).toBe(true)
    await expect.poll(() => lines.at(-1)).toMatchObject({ issuer: second, persona: 'outsider@sandbox.example' })
  })

  test('shows a page with each persona and a way to refuse, without any script', async () => {
    const { page } = await loginPage()
    const html = await page.text()
    for (const name of ['engineer', 'intern', 'outsider']) expect(html).toContain(`value="${name}@sandbox.example"`)
    expect(html).toContain('value="deny"')
    expect(html).toContain('<html lang="en">')
    expect(html).not.toMatch(/<script|\son\w+=|style="/)
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action/,
    )
  })

  test('refuses an unknown persona, an answer from another page, and a login of another browser', async () => {
    const { url, cookie } = await loginPage()
    const post = (headers: Record<string, string>, body: Record<string, string>): Promise<Response> =>
      fetch(url, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(body) })
    const origin = issuer
    expect((await post({ cookie, origin }, { persona: 'boss@sandbox.example' })).status).toBe(400)
    expect((await post({ cookie, origin }, {})).status).toBe(400)
    expect((await post({ cookie, origin }, { persona: 'x'.repeat(10_000) })).status).toBe(400)
    expect((await post({ cookie, origin: 'http://evil.example' }, { persona: 'engineer' })).status).toBe(403)
    expect((await post({ cookie }, { persona: 'engineer' })).status).toBe(403)
    expect((await post({ origin }, { persona: 'engineer' })).status).toBe(400)
    expect(lines.filter(({ state }) => state !== 'waiting')).toEqual([])
    expect((await post({ cookie, origin }, { persona: 'engineer' })).status).toBe(303)
  })

  test('serves nothing under another host name', async () => {
    const { hostname, port } = new URL(issuer)
    const status = await new Promise((resolve) => {
      request({ host: hostname, port, path: '/auth', headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end()
    })
    expect(status).toBe(421)
  })

  test('refuses a redirect that is not cosign’s', async () => {
    const url = new URL(begin().url)
    url.searchParams.set('redirect_uri', 'http://localhost:1/elsewhere')
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(400)
  })

  test('does not start at a port that is not one of its issuers’, and lists them', async () => {
    const state = join(folder, 'two.json')
    await writeFile(state, JSON.stringify(await makeIssuerState(1, 2)))
    const result = await startIssuer(state, issuerUrl(3), 'nobody')
    expect(result).toMatchObject({
      ok: false,
      error: {
        found: 'exit code 1',
        evidence: { lastLines: expect.arrayContaining(['Expected 1 or 2, found 3.']) },
      },
    })
  })

  test('does not start with garbage instead of keys, and prints none of it', async () => {
    const state = join(folder, 'garbage.json')
    const good = await makeIssuerState(1, 2)
    good.issuers[0].jwks.keys[0] = { ...good.issuers[0].jwks.keys[0]!, n: good.issuers[1].jwks.keys[0]!.n }
    for (const bad of ['', '{}', JSON.stringify(good)]) {
      await writeFile(state, bad)
      const result = await startIssuer(state, issuerUrl(1))
      expect(result).toMatchObject({ ok: false, error: { code: 'run.service-exited', found: 'exit code 1' } })
      expect(JSON.stringify(result)).not.toContain(good.issuers[0].jwks.keys[0]?.dp)
    }
  })
})

describe('the login client', () => {
  test.each([
    ['a persona that does not exist', () => login(begin().url, { persona: 'boss' }), 'login.unknown-persona'],
    [
      'a URL of another issuer',
      () => login('http://evil.example/auth?redirect_uri=http://localhost:1/auth/callback'),
      'login.unexpected-answer',
    ],
    ['something that is no URL', () => login('--help'), 'login.unexpected-answer'],
    [
      'a callback elsewhere',
      () => login(begin().url.replace('localhost%3A', 'evil.example%3A')),
      'login.unexpected-answer',
    ],
    [
      'a client that the issuer does not know',
      () => login(begin().url.replace('sigstore', 'other')),
      'login.unexpected-answer',
    ],
    [
      'an issuer that is down',
      () =>
        login('http://localhost:9/auth?redirect_uri=http://localhost:1/auth/callback', {
          issuer: 'http://localhost:9',
        }),
      'login.unreachable',
    ],
    ['a cancelled run', () => login(begin().url, { signal: AbortSignal.abort() }), 'run.cancelled'],
  ])('gives up on %s', async (_, attempt, code) => {
    expect(await attempt()).toMatchObject({ ok: false, error: { code } })
    expect(called).toEqual([])
  })
})

describe('the issuer of the build system', () => {
  const part = (token: string, at: number): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[at] ?? '', 'base64url').toString('utf8'))

  test('gives a token without a login, which the keys that it publishes verify', async () => {
    const of = buildIssuer(issuer)
    const token = await requestBuildToken(issuer, AbortSignal.timeout(10_000))
    if (!token.ok) throw new Error(token.error.what)
    const found: unknown = await (await fetch(`${of}/.well-known/openid-configuration`)).json()
    expect(found).toMatchObject({ issuer: of, jwks_uri: `${of}/jwks` })
    const { keys } = z
      .object({ keys: z.array(z.record(z.string(), z.string())) })
      .parse(await (await fetch(`${of}/jwks`)).json())
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']])
    const [head, body, signature] = token.value.split('.')
    const key = createPublicKey({ key: keys[0]!, format: 'jwk' })
    expect(verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature ?? '', 'base64url'))).toBe(true)
    expect(part(token.value, 0)).toMatchObject({ alg: 'RS256', kid: keys[0]?.['kid'] })
    const claims = part(token.value, 1)
    expect(claims).toMatchObject({ iss: of, aud: 'sigstore', ...buildClaims })
    // cosign proves possession of the key with the e-mail address if there is one, and Fulcio expects the subject.
    expect(claims).not.toHaveProperty('email')
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(300)
    expect(printed.join('')).not.toContain(token.value)
  })

  test('gives none to a web page, to a GET, or at the second issuer, and no other document', async () => {
    const of = buildIssuer(issuer)
    const ask = async (url: string, more: RequestInit = {}) => (await fetch(url, more)).status
    expect(await ask(`${of}/token`, { method: 'POST', headers: { origin: 'http://localhost:1' } })).toBe(403)
    expect(await ask(`${of}/token`)).toBe(405)
    expect(await ask(`${of}/other`)).toBe(404)
    expect(await ask(`${of}/jwks`, { method: 'POST' })).toBe(405)
    expect(await ask(`${buildIssuer(second)}/token`, { method: 'POST' })).toBe(404)
    const none = await requestBuildToken(second, AbortSignal.timeout(10_000))
    expect(none).toMatchObject({ ok: false, error: { code: 'login.no-build-token', found: 'HTTP 404' } })
  })
})
