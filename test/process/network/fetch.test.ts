import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NetworkFetch } from '../../../src/core/network/fetch.ts'
import { type NoConnection, noConnection } from '../../../src/core/network/no-connection.ts'
import { type LocalProxy, type ProxyKind, startProxy } from '../../harness/proxy.ts'
import { makeTlsAuthority, type TlsAuthority } from '../../harness/tls-authority.ts'
import { type LocalServer, localServer } from '../tools/local-server.ts'

let folder: string
let authority: TlsAuthority
let caFile: string
let service: LocalServer
let tls: Server
const seen: string[] = []
const proxies: LocalProxy[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'network-'))
  authority = await makeTlsAuthority()
  caFile = join(folder, 'ca.pem')
  await writeFile(caFile, authority.certificate)
  seen.length = 0
  service = await localServer((request, response) => {
    seen.push(`${request.method} ${request.headers.host} ${request.url} ${String(request.headers['x-own'])}`)
    response.end('of the service')
  })
  const { certificate, key } = await authority.serverCertificate(['fulcio.acme.example', '127.0.0.1'])
  tls = createServer({ cert: certificate, key }, (_, response) => response.end('over TLS'))
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close()
  tls.closeAllConnections()
  tls.close()
  await service.close()
  await rm(folder, { recursive: true })
})

const started = async (kind?: ProxyKind, user?: string) => {
  const proxy = await startProxy(kind, user)
  proxies.push(proxy)
  return proxy
}
const port = (server: Server) => (server.address() as AddressInfo).port
const http = () => `http://fulcio.acme.example:${new URL(service.url('')).port}/api`
const https = () => `https://fulcio.acme.example:${port(tls)}/api`

/** The response's text, or why there was none. The system store of these tests is empty unless a test names one. */
async function get(
  url: string,
  env: NodeJS.ProcessEnv,
  more: { caFile?: string; signal?: AbortSignal } = {},
): Promise<NoConnection & { status?: number }> {
  const all = { SSL_CERT_FILE: '/nothing', SSL_CERT_DIR: '/none', ...env }
  const network = new NetworkFetch({ env: all, caFile: more.caFile })
  const fetching = await network.fetch()
  if (!fetching.ok) return { found: `${fetching.error.what} ${fetching.error.found}` }
  try {
    const headers = { 'x-own': 'kept' }
    const response = await fetching.value(url, {
      headers,
      ...(more.signal === undefined ? {} : { signal: more.signal }),
    })
    return { found: await response.text(), status: response.status }
  } catch (error) {
    return noConnection(error, new URL(url), { key: 'caFile', file: more.caFile }, all)
  } finally {
    void network.close()
  }
}

describe('a request through a proxy', () => {
  it('reaches a service over http, by the whole address and with its own headers', async () => {
    const proxy = await started()
    expect(await get(http(), { HTTP_PROXY: proxy.address })).toEqual({ found: 'of the service', status: 200 })
    expect(proxy.asked).toEqual([`GET ${http()}`])
    expect(seen).toEqual([`GET ${new URL(http()).host} /api kept`])
  })

  it('reaches a service over https, whose certificate is verified by us', async () => {
    const proxy = await started()
    const env = { HTTPS_PROXY: proxy.address }
    expect(await get(https(), env, { caFile })).toEqual({ found: 'over TLS', status: 200 })
    expect(proxy.asked).toEqual([`CONNECT fulcio.acme.example:${port(tls)}`])
    expect((await get(https(), env)).found).toMatch(/^a certificate of a CA that is not known here.*through the proxy/)
    const other = https().replace('fulcio', 'rekor')
    expect((await get(other, env, { caFile })).found).toMatch(/^a certificate for another name: .*fulcio/)
  })

  it('sends the login in its address to the proxy, and only there', async () => {
    const proxy = await started('leads', 'me:hunt@er22')
    const address = proxy.address.replace('//', '//me:hunt%40er22@')
    expect(await get(http(), { HTTP_PROXY: address })).toMatchObject({ found: 'of the service' })
    expect(await get(https(), { HTTPS_PROXY: address }, { caFile })).toMatchObject({ found: 'over TLS' })
    expect(proxy.logins).toEqual(['me:hunt@er22', 'me:hunt@er22'])
    const refused = [
      await get(http(), { HTTP_PROXY: address.replace('hunt%40er22', 'wrong-one') }),
      await get(https(), { HTTPS_PROXY: address.replace('hunt%40er22', 'wrong-one') }, { caFile }),
    ]
    for (const { found } of refused) expect(found).toContain('demands a login')
    expect(JSON.stringify(refused)).not.toContain('wrong-one')
  })

  it('is not made for this machine, nor for what NO_PROXY lists', async () => {
    const proxy = await started()
    const env = { HTTP_PROXY: proxy.address, HTTPS_PROXY: proxy.address, NO_PROXY: 'acme.example' }
    expect(await get(service.url('/api'), env)).toMatchObject({ found: 'of the service' })
    expect(await get(`https://127.0.0.1:${port(tls)}/`, env, { caFile })).toMatchObject({ found: 'over TLS' })
    // There is no such host: without the proxy it cannot be found.
    expect((await get(http(), env)).found).toMatch(/ENOTFOUND|EAI_AGAIN/)
    expect(proxy.asked).toEqual([])
  })
})

it('a variable that names a file below a file breaks nothing', async () => {
  expect(await get(service.url('/api'), { SSL_CERT_FILE: '/etc/passwd/ca.pem' })).toMatchObject({
    found: 'of the service',
  })
  const below = { SSL_CERT_FILE: '/etc/passwd/ca.pem', SSL_CERT_DIR: '/etc/passwd/certs' }
  expect(await get(`https://127.0.0.1:${port(tls)}/`, below, { caFile })).toMatchObject({ found: 'over TLS' })
})

describe('a proxy that gives no connection', () => {
  it.each([
    ['login', 'demands a login'],
    ['refuses', 'refuses the connection (HTTP 403)'],
    ['redirects', 'refuses the connection (HTTP 302)'],
    ['closes', 'cannot be used: socket hang up'],
    ['html', ''],
  ] as const)('%s, for https', async (kind, words) => {
    const proxy = await started(kind)
    const { found, remedy } = await get(https(), { HTTPS_PROXY: proxy.address }, { caFile })
    expect(found).toContain(words)
    expect(found).toContain(`the proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY)`)
    expect(remedy).toContain('NO_PROXY')
    expect(proxy.asked).toHaveLength(1)
  })

  it('answers with a page of its own, which is no reason to do without TLS', async () => {
    const proxy = await started('page')
    const { found, remedy } = await get(https(), { HTTPS_PROXY: proxy.address }, { caFile })
    expect(found).toBe(
      `an answer without TLS, such as a web page, through the proxy 127.0.0.1:${proxy.port} (HTTPS_PROXY)`,
    )
    expect(remedy).toContain('NO_PROXY')
    expect(remedy).not.toContain('http:')
  })

  it.each(['login', 'closes'] as const)('%s, for http', async (kind) => {
    const proxy = await started(kind)
    const { found, remedy } = await get(http(), { HTTP_PROXY: proxy.address })
    expect(found).toContain(`the proxy 127.0.0.1:${proxy.port} (HTTP_PROXY)`)
    expect(remedy).toContain('NO_PROXY')
  })

  it.each(['HTTP_PROXY', 'HTTPS_PROXY'])('hangs: the caller’s limit ends it (%s)', async (variable) => {
    const proxy = await started('hangs')
    const before = Date.now()
    const signal = AbortSignal.timeout(300)
    const url = variable === 'HTTP_PROXY' ? http() : https()
    const { found } = await get(url, { [variable]: proxy.address }, { caFile, signal })
    expect(found).toContain('no answer in time, through the proxy')
    expect(Date.now() - before).toBeLessThan(5_000)
  })

  it('is not there, or cannot be used by us: the variable is named, and no secret', async () => {
    const gone = await get(https(), { HTTPS_PROXY: 'http://me:hunter22@127.0.0.1:9' })
    expect(gone.found).toContain('the proxy 127.0.0.1:9 (HTTPS_PROXY) cannot be used: connect ECONNREFUSED')
    const socks = await get(https(), { HTTPS_PROXY: 'socks5://me:hunter22@127.0.0.1:9' })
    expect(socks.found).toContain('HTTPS_PROXY cannot be used: it names a socks5 proxy')
    expect(JSON.stringify([gone, socks])).not.toContain('hunter22')
  })
})

describe('the CAs of this machine', () => {
  const url = () => `https://127.0.0.1:${port(tls)}/`
  it('count: SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS', async () => {
    const certificates = join(folder, 'certificates')
    await rm(certificates, { recursive: true, force: true })
    const { mkdir } = await import('node:fs/promises')
    await mkdir(certificates)
    await writeFile(join(certificates, 'README'), 'no certificate')
    await writeFile(join(certificates, 'acme.crt'), authority.certificate)
    expect(await get(url(), { SSL_CERT_FILE: caFile })).toMatchObject({ status: 200 })
    expect(await get(url(), { SSL_CERT_DIR: `/nothing:${certificates}` })).toMatchObject({ status: 200 })
    expect(await get(url(), { NODE_EXTRA_CA_CERTS: caFile })).toMatchObject({ status: 200 })
    expect(await get(url(), {}, { caFile })).toMatchObject({ status: 200 })
  })

  it('are read again when the file has changed', async () => {
    const file = join(folder, 'store.pem')
    await writeFile(file, 'nothing yet')
    const network = new NetworkFetch({ env: { SSL_CERT_FILE: file, SSL_CERT_DIR: '/nothing' } })
    const fetching = await network.fetch()
    if (!fetching.ok) throw new Error(fetching.error.what)
    await expect(fetching.value(url())).rejects.toThrow('fetch failed')
    await writeFile(file, authority.certificate)
    expect(await (await fetching.value(url())).text()).toBe('over TLS')
    await network.close()
  })

  it.each([
    ['SSL_CERT_FILE', 'names /nothing: nothing', {}],
    ['SSL_CERT_DIR', 'names /none: no folder with certificates', {}],
  ])('are named where %s holds none', async (variable, words, env) => {
    const { found, remedy } = await get(url(), env)
    expect(found).toMatch(/^a certificate of a CA that is not known here/)
    expect(found).toContain(`${variable} ${words}`)
    expect(remedy).toContain('name its file under "caFile", or add it to this machine’s certificate store')
  })

  it.each([
    ['an HTML page', '<html></html>', 'no certificate'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'no certificate'],
    [
      'a damaged certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'a certificate that cannot be read',
    ],
  ])('and a CA file that is %s: the file is named, its contents are not', async (_, text, words) => {
    const file = join(folder, 'other.pem')
    await writeFile(file, text)
    const { found } = await get(url(), {}, { caFile: file })
    expect(found).toContain(words)
    expect(found).toContain('A CA file cannot be used.')
    const named = await get(url(), { SSL_CERT_FILE: file })
    expect(named.found).toContain('a certificate of a CA that is not known here')
    expect(JSON.stringify([found, named])).not.toMatch(/AAAA|<html>/)
  })

  it('hold no other verdicts: an expired certificate stays one', async () => {
    const { certificate, key } = await authority.serverCertificate(['127.0.0.1'], true)
    const old = createServer({ cert: certificate, key }, (_, response) => response.end())
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve))
    const { found, remedy } = await get(`https://127.0.0.1:${port(old)}/`, { SSL_CERT_FILE: caFile })
    expect(found).toBe('a certificate that has expired')
    expect(remedy).toContain('clock')
    old.close()
  })
})
