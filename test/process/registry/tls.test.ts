import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createPlainServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { noConnection } from '../../../src/core/registry/http/no-connection.ts'
import { RegistryAccess } from '../../../src/core/registry/login/registry-access.ts'
import { putManifest } from '../../../src/core/registry/put-manifest.ts'
import { isUnreadable, read } from '../../../src/core/registry/registry.ts'
import { makeTlsAuthority, type ServerCertificate, type TlsAuthority } from '../../harness/tls-authority.ts'

let folder: string
let authority: TlsAuthority
let authorityFile: string
let server: Server | ReturnType<typeof createPlainServer>
const seen: { method: string; url: string; authorization: string | undefined }[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'))
  authority = await makeTlsAuthority()
  authorityFile = join(folder, 'authority.pem')
  await writeFile(authorityFile, authority.certificate)
  seen.length = 0
})
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve))
  await rm(folder, { recursive: true })
})

/** A registry that requires a token, which it gives to everyone itself, with this certificate or none. */
async function listen(tls: ServerCertificate | undefined): Promise<string> {
  const answer: Parameters<typeof createPlainServer>[1] = (request, response) => {
    const { method = '', url = '', headers } = request
    seen.push({ method, url, authorization: headers.authorization })
    if (url.startsWith('/token')) response.end(JSON.stringify({ token: 'abc' }))
    else if (headers.authorization === 'Bearer abc') response.writeHead(method === 'PUT' ? 201 : 200).end('content')
    else response.writeHead(401, { 'www-authenticate': `Bearer realm="https://${host}/token"` }).end()
  }
  server = tls === undefined ? createPlainServer(answer) : createServer({ cert: tls.certificate, key: tls.key }, answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return host
}
const fitting = () => authority.serverCertificate(['127.0.0.1'])

async function look(host: string, caFile?: string, plainHttp = false) {
  const access = new RegistryAccess(host, undefined, caFile)
  const result = await read({ registry: { host, plainHttp, access }, path: 'team/hello' }, 'manifests/v1', 1_000)
  await access.close()
  return result.ok ? { code: 'read' } : { ...result.error, isUndetermined: isUnreadable(result.error) }
}

describe('a registry whose certificate is from a CA of its own', () => {
  it('is read and written if that is configured, and so is its token service', async () => {
    const host = await listen(await fitting())
    expect(await look(host, authorityFile)).toEqual({ code: 'read' })
    const access = new RegistryAccess(host, undefined, authorityFile)
    const repository = { registry: { host, plainHttp: false, access }, path: 'team/hello' }
    const put = await putManifest(repository, { reference: 'v1', mediaType: 'application/json', json: '{}' })
    await access.close()
    expect(put).toMatchObject({ ok: true })
    expect(seen.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`)).toEqual([
      'GET /v2/team/hello/manifests/v1',
      'GET /token?scope=repository:team/hello:pull',
      'GET /v2/team/hello/manifests/v1',
      'PUT /v2/team/hello/manifests/v1',
      'GET /token?scope=repository:team/hello:pull,push',
      'PUT /v2/team/hello/manifests/v1',
    ])
  })

  it('is not read if it is not configured, or another is, and the remedy names the file', async () => {
    const host = await listen(await fitting())
    expect(await look(host)).toMatchObject({
      code: 'registry.tls',
      found: 'a certificate of a CA that is not known here',
      remedy: expect.stringContaining('"caFile"'),
      isUndetermined: true,
    })
    const other = join(folder, 'other.pem')
    await writeFile(other, (await makeTlsAuthority()).certificate)
    expect(await look(host, other)).toMatchObject({
      code: 'registry.tls',
      found: `a certificate of another CA than that in ${other}`,
      remedy: expect.stringContaining(other),
    })
    expect(seen).toEqual([])
  })

  it('is read as soon as the file holds the right one', async () => {
    const host = await listen(await fitting())
    await writeFile(authorityFile, (await makeTlsAuthority()).certificate)
    const access = new RegistryAccess(host, undefined, authorityFile)
    const repository = { registry: { host, plainHttp: false, access }, path: 'team/hello' }
    expect((await read(repository, 'manifests/v1', 1_000)).ok).toBe(false)
    await writeFile(authorityFile, authority.certificate)
    expect((await read(repository, 'manifests/v1', 1_000)).ok).toBe(true)
    await access.close()
  })

  it('is not read when the certificate has expired', async () => {
    const host = await listen(await authority.serverCertificate(['127.0.0.1'], true))
    expect(await look(host, authorityFile)).toMatchObject({
      code: 'registry.tls',
      found: 'a certificate that has expired',
      remedy: expect.stringContaining('clock'),
    })
  })

  it('is not read when the certificate is for another name', async () => {
    const host = await listen(await authority.serverCertificate(['registry.acme.example']))
    expect(await look(host, authorityFile)).toMatchObject({
      code: 'registry.tls',
      found: 'a certificate for another name: DNS:registry.acme.example',
    })
  })

  it.each([
    ['holds none', 'no certificate here\n', 'no certificate'],
    ['holds a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'cannot be read'],
    ['is not there', undefined, 'nothing'],
  ])('is not asked when the file %s', async (_, text, found) => {
    const host = await listen(await fitting())
    await (text === undefined ? rm(authorityFile) : writeFile(authorityFile, text))
    expect(await look(host, authorityFile)).toMatchObject({
      code: 'registry.tls-authority',
      found: expect.stringContaining(found),
      remedy: expect.stringContaining(authorityFile),
      isUndetermined: true,
    })
    expect(seen).toEqual([])
  })
})

it('a registry without TLS is reported as such if TLS is expected', async () => {
  const host = await listen(undefined)
  expect(await look(host, authorityFile)).toMatchObject({
    code: 'registry.tls',
    found: 'plain http, and no TLS',
    remedy: expect.stringContaining('"plainHttp": true'),
    isUndetermined: true,
  })
})

it('an answer without TLS through a proxy may be the proxy\u2019s: the remedy is not plain http', () => {
  const cause = Object.assign(new Error('wrong version number'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })
  const wanted = { what: 'It could not be read.', url: new URL('https://registry.acme.example/v2/'), caFile: undefined }
  const error = () => noConnection(wanted, new TypeError('fetch failed', { cause }))
  expect(error().remedy).toContain('"plainHttp": true')
  vi.stubEnv('HTTPS_PROXY', 'http://proxy.acme.example:3128')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(error()).toMatchObject({ code: 'registry.tls', found: expect.stringContaining('such as a web page') })
  expect(error().remedy).not.toContain('plainHttp')
})
