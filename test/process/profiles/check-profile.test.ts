import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isFine, type ProfileCheckId } from '../../../src/core/profiles/check-profile.ts'
import { trustedRoot as sandboxRoot } from '../../fixtures/sigstore-fixtures.ts'
import { makeTlsAuthority } from '../../harness/tls-authority.ts'
import { type LocalServer, localServer } from '../tools/local-server.ts'
import {
  type Answers,
  certificateAuthorities,
  chainOf,
  goodAnswers,
  logs,
  looksAt,
  pem,
  serving,
  unknownManifest,
} from './company.ts'

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

const host = () => server.url('').replace('http://', '')
const { profileWith, look, only } = looksAt(() => ({ address: server.url(''), folder }))

describe('the check of a profile\u2019s services', () => {
  it('passes if all exist and belong together', async () => {
    expect([...(await look()).values()].map(({ id, verdict }) => `${id}: ${verdict}`)).toEqual([
      'trusted root: passed',
      'login: passed',
      'fulcio: passed',
      'fulcio and login: passed',
      'rekor: passed',
      'timestamp authority: passed',
      'clock: passed',
      'registry: passed',
      'spire: passed',
    ])
  })

  it('distinguishes an issuer with a slash at its end from one without, and says what to write', async () => {
    answers['/login/.well-known/openid-configuration'] = JSON.stringify({ issuer: server.url('/login/') })
    const login = await only('login')
    expect(login).toMatchObject({ verdict: 'failed', found: server.url('/login/') })
    expect(login?.remedy).toContain(`Write it as ${server.url('/login/')}:`)
  })

  it('reports that Fulcio does not accept the issuer', async () => {
    answers['/api/v2/configuration'] = JSON.stringify({ issuers: [{ issuerUrl: 'https://other.example' }] })
    expect(await only('fulcio and login')).toMatchObject({ verdict: 'failed', found: 'https://other.example' })
  })

  it('reports services of another instance', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    answers['/api/v1/log/publicKey'] = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
      .export({ type: 'spki', format: 'pem' })
      .toString()
    expect((await only('rekor'))?.found).toMatch(/^another one: log/)
    answers['/api/v1/log/publicKey'] = pem('PUBLIC KEY', logs[0]?.publicKey ?? new Uint8Array())
    answers['/api/v1/timestamp/certchain'] = chainOf(certificateAuthorities[0]?.chain).join('')
    expect(await only('timestamp authority')).toMatchObject({ verdict: 'failed' })
  })

  it.each<[string, string | number]>([
    ['has no such address', 404],
    ['does not allow the request', 405],
    ['answers with a page for people', '<html><body>Time stamp service</body></html>'],
    ['does not implement it', 501],
  ])('does not check a timestamp authority that publishes no certificates: one that %s', async (_, answer) => {
    answers['/api/v1/timestamp/certchain'] = answer
    const found = await only('timestamp authority')
    expect(found?.verdict).toBe('not-checked')
    expect(found?.found).toContain('serves no certificates')
    expect(found !== undefined && isFine(found)).toBe(true)
    answers['/api/v1/timestamp/certchain'] = 503
    expect((await only('timestamp authority'))?.verdict).toBe('could-not-check')
  })

  it('reports entries of the trusted root that are not used', async () => {
    const { tlogs, ...more } = JSON.parse(sandboxRoot)
    const broken = { ...tlogs[0], publicKey: { ...tlogs[0].publicKey, rawBytes: 'AAAA' } }
    const trustedRoot = join(folder, 'other_root.json')
    await writeFile(trustedRoot, JSON.stringify({ ...more, tlogs: [...tlogs, broken] }))
    const { sigstore } = await profileWith()
    const found = (await look({ sigstore: { ...sigstore, trustedRoot } })).get('trusted root')
    expect(found).toMatchObject({ verdict: 'passed' })
    expect(found?.found).toContain('transparency log 2 cannot be used: this program cannot read its key')
  })

  it.each([
    ['nothing', () => ({})],
    ['no certificate authority', (root: Record<string, unknown>) => ({ ...root, certificateAuthorities: [] })],
    [
      'neither logs nor timestamp authorities',
      (root: Record<string, unknown>) => ({ ...root, tlogs: [], timestampAuthorities: [] }),
    ],
  ])('refuses a trusted root with %s: nothing could be verified with it', async (_, change) => {
    const trustedRoot = join(folder, 'other_root.json')
    await writeFile(trustedRoot, JSON.stringify(change(JSON.parse(sandboxRoot))))
    const { sigstore } = await profileWith()
    const found = (await look({ sigstore: { ...sigstore, trustedRoot } })).get('trusted root')
    expect(found).toMatchObject({ verdict: 'failed', found: expect.stringContaining('certificate authorities: ') })
  })

  it('recognizes a Rekor v2 by the name on its checkpoint, and says so if none is served', async () => {
    const profile = await profileWith()
    const sigstore = { ...profile.sigstore, rekor: { url: server.url(''), version: 2 } }
    answers['/api/v2/checkpoint'] = 'localhost\n1\nAAAA\n'
    expect((await look({ sigstore })).get('rekor')).toMatchObject({ verdict: 'passed', found: 'localhost' })
    answers['/api/v2/checkpoint'] = 'log.other.example\n1\nAAAA\n'
    expect(await only('rekor', { sigstore })).toMatchObject({
      verdict: 'failed',
      found: 'another one: log.other.example',
    })
    answers['/api/v2/checkpoint'] = 501
    expect(await only('rekor', { sigstore })).toMatchObject({ verdict: 'not-checked' })
    answers['/api/v2/checkpoint'] = 503
    expect(await only('rekor', { sigstore })).toMatchObject({ verdict: 'could-not-check' })
  })

  it('reports a clock that is an hour off, either way', async () => {
    for (const off of [3_600_000, -3_600_000]) {
      answers['/api/v2/configuration'] = (_, response) => {
        response.setHeader('date', new Date(Date.now() + off).toUTCString())
        response.end(JSON.stringify({ issuers: [{ issuerUrl: server.url('/login') }] }))
      }
      const clock = await only('clock')
      expect(clock?.verdict).toBe('failed')
      expect(clock?.found).toMatch(/^3(?:599|600|601) seconds$/)
    }
  })

  it.each<[string, ProfileCheckId, string, string | number | RequestListener, RegExp]>([
    ['a Rekor that fails', 'rekor', '/api/v1/log/publicKey', 503, /HTTP 503 without a key/],
    [
      'a Fulcio that is a proxy’s page',
      'fulcio',
      '/api/v2/trustBundle',
      (_, r) => r.setHeader('content-type', 'text/html').end('<h1>Hello'),
      /a web page/,
    ],
    [
      'a Fulcio elsewhere',
      'fulcio',
      '/api/v2/trustBundle',
      (_, r) => r.writeHead(302, { location: 'https://evil.example' }).end(),
      /a redirect to https:\/\/evil\.example/,
    ],
    [
      'an endless answer',
      'timestamp authority',
      '/api/v1/timestamp/certchain',
      'x'.repeat(1_100_000),
      /more than 1048576 bytes/,
    ],
    ['an answer that breaks off', 'fulcio', '/api/v2/trustBundle', (_, r) => r.destroy(), /./],
    [
      'a login without a description',
      'login',
      '/login/.well-known/openid-configuration',
      '{}',
      /HTTP 200 without an issuer/,
    ],
  ])('could not check %s', async (_, id, path, answer, found) => {
    answers[path] = answer
    const check = await only(id)
    expect(check?.verdict).toBe('could-not-check')
    expect(check?.found).toMatch(found)
  })

  it('compares nothing with an unreadable trusted root, and names the file', async () => {
    const profile = await profileWith()
    const checks = await look({ sigstore: { ...profile.sigstore, trustedRoot: join(folder, 'missing.json') } })
    expect(checks.get('trusted root')).toMatchObject({ verdict: 'failed' })
    expect(checks.get('trusted root')?.remedy).toContain('missing.json')
    expect(checks.get('rekor')).toMatchObject({ verdict: 'not-checked' })
    expect(checks.get('login')).toMatchObject({ verdict: 'passed' })
  })

  it('reports that a TUF repository does not respond', async () => {
    const profile = await profileWith()
    const mirror = server.url('/tuf')
    answers['/tuf/timestamp.json'] = (_, response) => response.destroy()
    const checks = await look({ sigstore: { ...profile.sigstore, trustedRoot: { tuf: { mirror } } } })
    expect(checks.get('trusted root')?.verdict).toBe('could-not-check')
  })

  it.each<[string, number | RequestListener, string, RegExp]>([
    ['asks for a login', 401, 'failed', /HTTP 401/],
    ['forbids', 403, 'failed', /HTTP 403/],
    ['limits', 429, 'could-not-check', /HTTP 429/],
    ['is another web server', 404, 'not-checked', /it may be another server/],
    ['answers with a page', (_, r) => r.setHeader('content-type', 'text/html').end('<h1>'), 'failed', /a web page/],
  ])('tells a registry that %s', async (_, answer, verdict, found) => {
    answers['/v2/team/hello/manifests/sigstore-attestor-looks'] = answer
    const check = await only('registry')
    expect(check?.verdict).toBe(verdict)
    expect(check?.found).toMatch(found)
  })

  it('accepts a registry by the profile\u2019s CA, and says which key is missing', async () => {
    const authority = await makeTlsAuthority()
    const { certificate: cert, key } = await authority.serverCertificate(['127.0.0.1'])
    const tls = createTlsServer({ cert, key }, (_, response) => unknownManifest(response))
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    const { port } = tls.address() as AddressInfo
    const registry = { host: `127.0.0.1:${port}`, repository: 'team/hello' }
    const check = await only('registry', { registry })
    expect(check).toMatchObject({ verdict: 'could-not-check', found: expect.stringContaining('CA that is not known') })
    expect(check?.remedy).toContain('"caFile"')
    const caFile = join(folder, 'authority.pem')
    await writeFile(caFile, authority.certificate)
    const checks = await look({ registry: { ...registry, caFile } })
    expect(checks.get('registry')).toMatchObject({ verdict: 'passed', found: 'HTTP 404' })
    await new Promise((resolve) => tls.close(resolve))
  })

  it('reports what an existing SPIRE needs: its agent, or its server’s bundle and a token', async () => {
    const socket = join(folder, 'agent.sock')
    const trustBundle = join(folder, 'bundle.pem')
    const common = { trustDomain: 'acme.example', trustBundle, parentId: 'spiffe://acme.example/node' }
    const existing = { agentSocket: socket, decisions: folder, ...common }
    expect(await only('spire', { spire: existing })).toMatchObject({ verdict: 'failed' })
    await writeFile(trustBundle, chainOf(certificateAuthorities[0]?.chain).join(''))
    expect(await only('spire', { spire: existing })).toMatchObject({ verdict: 'could-not-check' })
    const agent = createServer().listen(socket)
    expect((await look({ spire: existing })).get('spire')).toMatchObject({ verdict: 'passed' })
    agent.close()

    const spire = { server: host(), joinToken: 'JOIN', ...common }
    expect(await only('spire', { spire })).toMatchObject({ verdict: 'not-present', found: 'JOIN is not set' })
    const found = (await look({ spire }, { JOIN: 'very secret' })).get('spire')
    expect(found).toMatchObject({ verdict: 'passed' })
    expect(JSON.stringify(found)).not.toContain('very secret')
  })
})
