import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { outerAddress, writeDockerConfig } from '../harness/foreign-registry.ts'
import { type LocalProxy, startProxy } from '../harness/proxy.ts'
import { makeTlsAuthority, type TlsAuthority } from '../harness/tls-authority.ts'
import { filesBelow, storiesElsewhere } from './harness/stories-elsewhere.ts'

// The names of the registry and its token service exist behind the proxy only, so every program that reaches one of
// them (ours, cosign, the engine, the attestor) went through it.
const names = { registry: 'registry.acme.example', tokens: 'tokens.acme.example' }
const registry = `${names.registry}:5443`
const user = 'me:the proxy’s password'

let proxy: LocalProxy
const { where, services, profile, ended } = storiesElsewhere(names, () => ({
  HTTPS_PROXY: proxy.address.replace('//', `//${user.split(':').map(encodeURIComponent).join(':')}@`),
  NO_PROXY: '',
}))

beforeAll(async () => {
  proxy = await startProxy('leads', user, (target) => {
    const { host, tokens } = services().registry
    if (target === registry) return { host: host.split(':')[0] ?? '', port: Number(host.split(':')[1]) }
    return { host: outerAddress(), port: target === `${names.tokens}:443` ? (tokens?.port ?? 0) : 1 }
  })
})
afterAll(() => proxy?.close())

/** The registry as clients know it, with the login for it. */
async function behindProxy() {
  const dockerConfig = join(dirname(services().registry.dockerConfig), 'behind', 'config.json')
  await writeDockerConfig(dockerConfig, registry, services().registry.users.pusher)
  return { host: registry, credentials: { dockerConfig } }
}

/** A server with a certificate of the company's CA in front of a plain one. */
async function tlsFront(authority: TlsAuthority, plain: string): Promise<string> {
  const { certificate: cert, key } = await authority.serverCertificate(['127.0.0.1'])
  const server = createServer({ cert, key }, (asked, response) => {
    const { method, url, headers } = asked
    const onward = request(new URL(url ?? '/', plain), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(plain).pathname.replace(/\/$/, '')}`
}

it('a registry behind a proxy with a login: the story ends as without, and the password is in no file', async () => {
  const there = await behindProxy()
  const name = await profile('behind', (acme) => ({ registry: { ...acme.registry, ...there } }))
  const { summary, exitCode, stdout, stderr } = await ended(name, ['signed', 'unsigned'])
  expect(
    summary.scenarios.map(({ id, outcome, ok }) => [id, outcome, ok]),
    stdout + stderr,
  ).toEqual([
    ['signed', 'svid', true],
    ['unsigned', 'denied', true],
  ])
  expect(exitCode).toBe(0)
  expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${registry}`, `CONNECT ${names.tokens}:443`]))
  expect(new Set(proxy.logins)).toEqual(new Set([user]))
  const [, password = ''] = user.split(':')
  const written = [...filesBelow(where.state).map((file) => readFileSync(file, 'utf8')), stdout, stderr]
  expect(written.length).toBeGreaterThan(10)
  const secrets = [password, encodeURIComponent(password)]
  expect(written.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([])
})

it('services with certificates of the company’s CA: cosign and we reach them with the CA file of the profile', async () => {
  const authority = await makeTlsAuthority()
  const caFile = join(where.state, '..', 'company-ca.pem')
  writeFileSync(caFile, authority.certificate)
  const { fulcio, rekor, timestampAuthority } = services().profile.sigstore
  const front = async ({ url }: { readonly url: string }) => ({ url: await tlsFront(authority, url) })
  const sigstore = {
    fulcio: await front(fulcio),
    rekor: { ...rekor, ...(await front(rekor)) },
    timestampAuthority: await front(timestampAuthority),
  }
  const there = await behindProxy()
  const withServices = (more: object) => (acme: ReturnType<typeof services>['profile']) => ({
    registry: { ...acme.registry, ...there },
    sigstore: { ...acme.sigstore, ...sigstore, ...more },
  })
  const known = await ended(await profile('known-ca', withServices({ caFile })), ['signed'])
  expect(known.summary.scenarios, known.stdout + known.stderr).toMatchObject([{ outcome: 'svid', ok: true }])
  const unknown = await ended(await profile('unknown-ca', withServices({})), ['signed'])
  expect(unknown.exitCode).toBe(1)
  expect(unknown.stdout).toMatch(/CA/)
})
