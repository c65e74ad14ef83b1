import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RegistryAccess } from '../../../src/core/registry/registry-access.ts'
import { get } from '../../../src/core/registry/registry-http.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const path = '/v2/demo/hello/manifests/x'

let folder: string
let seen: { url: string; authorization: string | undefined; body: string }[]
let answer: (request: IncomingMessage, response: ServerResponse) => void
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += String(chunk)))
  request.on('end', () => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization, body })
    answer(request, response)
  })
})
let host: string
const savedPath = process.env['PATH']
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'))
  seen = []
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  process.env['PATH'] = savedPath
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

/** A registry that is read like this, with a Docker configuration or without. */
function read(config?: object, access = accessWith(config)) {
  return get({ registry: { host, plainHttp: true, access }, path, maxBytes: 1_000 })
}
function accessWith(config?: object): RegistryAccess {
  const file = join(folder, 'config.json')
  if (config !== undefined) writeFileSync(file, JSON.stringify(config))
  return new RegistryAccess(host, config === undefined ? undefined : file)
}
const helper = (name: string, body: string): void => {
  writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${body}\n`)
  chmodSync(join(folder, `docker-credential-${name}`), 0o755)
  process.env['PATH'] = `${folder}:${savedPath}`
}
const asksFor = (wanted: string, challenge: string) => (request: IncomingMessage, response: ServerResponse) =>
  request.headers.authorization === wanted
    ? response.writeHead(200).end('content')
    : response.writeHead(401, { 'www-authenticate': challenge }).end()
const status = (result: Awaited<ReturnType<typeof read>>): number | string =>
  result.ok ? result.value.status : `${result.error.code} ${result.error.found}`

describe('a registry that requires a name and a password', () => {
  beforeEach(() => {
    answer = asksFor(basic('me:se:cret'), 'Basic realm="x"')
  })

  it.each([
    ['from the file', (at: string) => ({ auths: { [at]: { auth: Buffer.from('me:se:cret').toString('base64') } } })],
    [
      'from the file, as an address',
      (at: string) => ({ auths: { [`https://${at}`]: { username: 'me', password: 'se:cret' } } }),
    ],
  ])('gets them %s', async (_, config) => {
    expect(status(await read(config(host)))).toBe(200)
    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, basic('me:se:cret')])
  })

  it.each(['credHelpers', 'credsStore'])(
    'gets them from a helper (%s), which receives the registry only',
    async (kind) => {
      helper('test', `[ "$1 $(cat)" = "get ${host}" ] && echo '{"ServerURL":"x","Username":"me","Secret":"se:cret"}'`)
      expect(status(await read({ [kind]: kind === 'credsStore' ? 'test' : { [host]: 'test' } }))).toBe(200)
    },
  )

  it('gets none that belong to another registry', async () => {
    expect(
      status(await read({ auths: { 'other.example': { auth: Buffer.from('me:se:cret').toString('base64') } } })),
    ).toBe(401)
    expect(seen.every(({ authorization }) => authorization === undefined)).toBe(true)
    expect(status(await read())).toBe(401)
  })

  it('that refuses them is tried once, not for ever', async () => {
    expect(status(await read({ auths: { [host]: { auth: Buffer.from('me:wrong').toString('base64') } } }))).toBe(401)
    expect(seen).toHaveLength(2)
  })

  it.each([
    ['is missing', { credsStore: 'missing' }],
    ['has a name that is a path', { credsStore: '../evil' }],
    ['does not end', { credsStore: 'slow' }],
    ['answers garbage', { credsStore: 'garbage' }],
    ['fails', { credsStore: 'failing' }],
  ])('means that nobody knows when the helper %s', async (_, config) => {
    helper('slow', 'sleep 30')
    helper('garbage', 'echo se:cret')
    helper('failing', 'echo se:cret; exit 3')
    const result = await read(config)
    expect(status(result)).toContain('registry.credentials')
    expect(JSON.stringify(result)).not.toContain('se:cret')
  })

  it('is read without credentials when the helper has none', async () => {
    helper('empty', 'echo credentials not found in native keychain; exit 1')
    expect(status(await read({ credsStore: 'empty' }))).toBe(401)
  })

  it('does not get them on a redirect to another address', async () => {
    const other = createServer((request, response) => {
      seen.push({ url: 'other', authorization: request.headers.authorization, body: '' })
      response.writeHead(200).end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const asks = answer
    answer = (request, response) =>
      request.headers.authorization === undefined
        ? asks(request, response)
        : response.writeHead(307, { location }).end()
    expect(status(await read({ auths: { [host]: { auth: Buffer.from('me:se:cret').toString('base64') } } }))).toContain(
      'redirect',
    )
    expect(seen.some(({ url }) => url === 'other')).toBe(false)
    await new Promise((resolve) => other.close(resolve))
  })
})

describe('a registry that requires a token', () => {
  const service =
    (more: object = {}, code = 200) =>
    (request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.startsWith('/token') === true) {
        response.writeHead(code).end(JSON.stringify({ token: 'abc', expires_in: 300, ...more }))
        return
      }
      asksFor('Bearer abc', `Bearer realm="http://${host}/token",service="reg",scope="repository:other:push"`)(
        request,
        response,
      )
    }

  it('is read with a public one, for reading this repository only, and keeps it', async () => {
    answer = service()
    const access = accessWith()
    expect(status(await read(undefined, access))).toBe(200)
    expect(status(await read(undefined, access))).toBe(200)
    expect(seen.map(({ url }) => url)).toEqual([
      path,
      `/token?scope=${encodeURIComponent('repository:demo/hello:pull')}&service=reg`,
      path,
      path,
    ])
  })

  it('gives one for a name and a password, and for a refresh token', async () => {
    answer = service()
    expect(status(await read({ auths: { [host]: { auth: Buffer.from('me:se:cret').toString('base64') } } }))).toBe(200)
    expect(seen[1]?.authorization).toBe(basic('me:se:cret'))
    expect(status(await read({ auths: { [host]: { identitytoken: 'refresh' } } }))).toBe(200)
    expect(seen[4]?.body).toContain('refresh_token=refresh')
  })

  it.each([
    ['refuses', service({}, 401)],
    ['answers without one', service({ token: undefined })],
    ['answers with one that would break the header', service({ token: 'a\r\nb' })],
  ])('could not be read when the service %s', async (_, serve) => {
    answer = serve
    expect(status(await read())).toContain('registry.refused')
  })

  it('sends no credentials to a token service elsewhere, which plain http could name', async () => {
    answer = asksFor('Bearer abc', 'Bearer realm="https://evil.example/token",service="x"')
    expect(status(await read({ auths: { [host]: { auth: Buffer.from('me:se:cret').toString('base64') } } }))).toContain(
      'registry.refused https://evil.example',
    )
    answer = asksFor('Bearer abc', 'Bearer realm="http://127.0.0.1:1/token",service="x"')
    expect(status(await read())).toContain('registry.refused')
    expect(seen.every(({ authorization }) => authorization === undefined)).toBe(true)
  })
})
