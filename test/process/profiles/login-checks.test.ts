import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalServer, localServer } from '../tools/local-server.ts'
import { type Answers, goodAnswers, looksAt, serving } from './company.ts'

let folder: string
let server: LocalServer
let answers: Answers
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'profile-'))
  server = await localServer(serving(() => answers))
  answers = goodAnswers(server.url(''))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const { look, only } = looksAt(() => ({ address: server.url(''), folder }))

describe('the check of a login', () => {
  it('is about a login page that the discovery document names, and about the client that logs in', async () => {
    const document = '/login/.well-known/openid-configuration'
    const says = (more: object) => {
      answers[document] = JSON.stringify({ ...JSON.parse(String(answers[document])), ...more })
    }
    const asked: URL[] = []
    answers['/other/page'] = (request, response) => {
      asked.push(new URL(request.url ?? '', server.url('')))
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>')
    }
    says({ authorization_endpoint: server.url('/other/page') })
    expect((await look()).get('login')).toMatchObject({ verdict: 'passed' })
    const login = { clientId: 'acme-cli', redirectUrl: 'http://localhost:8400/cb', connector: 'ldap' }
    answers['/api/v2/configuration'] = JSON.stringify({
      issuers: [{ issuerUrl: server.url('/login'), audience: 'acme-cli' }],
    })
    expect((await look({ login })).get('login')).toMatchObject({ verdict: 'passed' })
    expect(Object.fromEntries(asked[1]?.searchParams ?? [])).toMatchObject({
      client_id: 'acme-cli',
      redirect_uri: 'http://localhost:8400/cb',
      connector_id: 'ldap',
      response_type: 'code',
      code_challenge_method: 'S256',
    })
  })

  it.each<[string, RequestListener, object]>([
    [
      'refuses the client on its page',
      (_, r) => r.writeHead(400, { 'content-type': 'text/html' }).end('<html>unknown client</html>'),
      { verdict: 'failed', found: 'HTTP 400' },
    ],
    [
      'says why',
      (_, r) =>
        r
          .writeHead(400, { 'content-type': 'application/json' })
          .end('{"error":"invalid_client","error_description":"no such \\u001bclient"}'),
      { verdict: 'failed', found: 'invalid_client: no such ^[client' },
    ],
    [
      'sends an error back',
      (_, r) => r.writeHead(302, { location: 'http://localhost:49152/auth/callback?error=unauthorized_client' }).end(),
      { verdict: 'failed', found: 'unauthorized_client' },
    ],
    [
      'asks for a login first',
      (_, r) => r.writeHead(302, { location: 'http://localhost:49152/auth/callback?error=login_required' }).end(),
      { verdict: 'passed' },
    ],
    ['redirects to its page', (_, r) => r.writeHead(302, { location: '/sign-in' }).end(), { verdict: 'passed' }],
    ['is down', (_, r) => r.writeHead(503).end(), { verdict: 'could-not-check', found: 'HTTP 503' }],
    ['hangs up', (_, r) => r.destroy(), { verdict: 'could-not-check' }],
    ['limits requests', (_, r) => r.writeHead(429).end(), { verdict: 'could-not-check', found: 'HTTP 429' }],
  ])('reports a provider that %s', async (_, listener, expected) => {
    answers['/login/authorize'] = listener
    expect((await look()).get('login')).toMatchObject(expected)
  })

  it.each([
    ['without PKCE', { code_challenge_methods_supported: ['plain'] }, {}, 'S256'],
    ['without a device flow', {}, { login: { flow: 'device' } }, 'device_authorization_endpoint'],
    ['with a page that is a script', { authorization_endpoint: 'javascript:alert(1)' }, {}, 'neither http nor https'],
  ])('reports a provider %s', async (_, more, profile, words) => {
    const document = '/login/.well-known/openid-configuration'
    answers[document] = JSON.stringify({ ...JSON.parse(String(answers[document])), ...more })
    const login = await only('login', profile)
    expect(login).toMatchObject({ verdict: 'failed', found: expect.stringContaining(words) })
  })

  it('reports a secret that is missing, or that others can read, and never the secret', async () => {
    const file = join(folder, 'secret')
    const inFile = { login: { clientSecret: { file } } }
    expect(await only('login', inFile)).toMatchObject({ verdict: 'not-present', found: 'nothing' })
    await writeFile(file, 'hunter22-acme\n', { mode: 0o600 })
    expect((await look(inFile)).get('login')).toMatchObject({ verdict: 'passed' })
    await chmod(file, 0o640)
    const readable = await only('login', inFile)
    expect(readable).toMatchObject({ verdict: 'failed', found: 'mode 0640', remedy: `Run: chmod 600 '${file}'` })
    const inVariable = { login: { clientSecret: { variable: 'ACME_SECRET' } } }
    expect(await only('login', inVariable)).toMatchObject({ verdict: 'not-present', found: 'it is not set' })
    const broken = await look(inVariable, { ACME_SECRET: 'hunter22\nacme' })
    expect(broken.get('login')).toMatchObject({ verdict: 'failed', found: 'more than one line' })
    const set = await look(inVariable, { ACME_SECRET: 'hunter22-acme' })
    expect(set.get('login')).toMatchObject({ verdict: 'passed' })
    expect(JSON.stringify([readable, ...set.values()])).not.toContain('hunter22-acme')
  })

  it('accepts an issuer by a pattern of Fulcio’s, and holds the client against what Fulcio expects', async () => {
    const issuers = (...all: object[]) => (answers['/api/v2/configuration'] = JSON.stringify({ issuers: all }))
    const pattern = server.url('/login').replace(/login$/, '*')
    issuers({ issuerUrl: 'https://other.example' }, { wildcardIssuerUrl: pattern, audience: 'sigstore' })
    expect((await look()).get('fulcio and login')).toMatchObject({
      verdict: 'passed',
      found: `by its pattern ${pattern}`,
    })
    issuers({ wildcardIssuerUrl: `${server.url('')}/*/x` })
    expect(await only('fulcio and login')).toMatchObject({ verdict: 'failed', found: `${server.url('')}/*/x` })
    issuers({ issuerUrl: pattern })
    expect(await only('fulcio and login')).toMatchObject({ verdict: 'failed' })
    issuers({ issuerUrl: server.url('/login'), audience: 'acme-cli' })
    const check = await only('fulcio and login')
    expect(check).toMatchObject({ verdict: 'failed', found: 'tokens for the client acme-cli' })
    expect(check?.remedy).toContain('"clientId": "acme-cli"')
    expect((await look({ login: { clientId: 'acme-cli' } })).get('fulcio and login')).toMatchObject({
      verdict: 'passed',
    })
    issuers({ issuerUrl: server.url('/login') })
    expect((await look()).get('fulcio and login')).toMatchObject({ verdict: 'passed' })
  })
})
