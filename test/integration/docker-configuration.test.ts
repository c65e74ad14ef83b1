import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCommand } from '../../src/core/process/command.ts'
import { RegistryAccess } from '../../src/core/registry/login/registry-access.ts'
import { get } from '../../src/core/registry/registry-http.ts'
import { program } from './programs.ts'

const cosign = program('cosign')
const auth = Buffer.from('me:se:cret').toString('base64')
const digest = `sha256:${'a'.repeat(64)}`

let folder: string
/** The logins that the registry saw. */
let seen: Set<string | undefined>
/** How the registry asks for one. */
let challenge: (host: string) => string
/** What its token service answers, for this scope. */
let token: object
let scope: string
const server = createServer((request, response) => {
  const { authorization } = request.headers
  const url = new URL(request.url ?? '', 'http://registry')
  if (url.pathname === '/token') {
    response.writeHead(307, { location: `/token/there${url.search}` }).end()
  } else if (url.pathname === '/token/there') {
    const weak = !url.searchParams.getAll('scope').includes(scope)
    if (authorization !== `Basic ${auth}`) response.writeHead(401).end()
    else response.writeHead(200).end(JSON.stringify(weak ? { token: 'weak' } : token))
  } else {
    seen.add(authorization)
    if (authorization !== undefined && authorization !== 'Bearer weak') {
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
    } else response.writeHead(401, { 'www-authenticate': challenge(request.headers.host ?? '') }).end()
  }
})
let host: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docker-configuration-'))
  challenge = () => 'Basic realm="x"'
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true })
})

/** The logins that the real cosign sends, and then ours, for the same Docker configuration. */
async function sent(config: string | undefined) {
  const file = join(folder, 'docker', 'config.json')
  mkdirSync(join(folder, 'docker'))
  if (config !== undefined) writeFileSync(file, config.replaceAll('HOST', host))
  seen = new Set()
  await runCommand({
    program: cosign ?? '',
    args: ['download', 'signature', `${host}/demo/hello@${digest}`],
    env: { HOME: folder, DOCKER_CONFIG: join(folder, 'docker') },
    timeoutMs: 20_000,
  })
  const theirs = seen
  seen = new Set()
  const access = new RegistryAccess(host, file)
  await get({
    registry: { host, plainHttp: true, access },
    path: `/v2/demo/hello/manifests/${digest}`,
    maxBytes: 1_000,
  })
  return { cosign: [...theirs], ours: [...seen] }
}

it.skipIf(cosign === undefined).each([
  ['no file', undefined, false],
  ['an empty file', '', false],
  ['auths null', '{"auths":null}', false],
  ['a plain name', `{"auths":{"HOST":{"auth":"${auth}"}}}`, true],
  ['a URL', `{"auths":{"https://HOST/":{"auth":"${auth}"}}}`, true],
  ['a URL with a path', `{"auths":{"http://HOST/v2/":{"auth":"${auth}"}}}`, true],
  ['a blank store', `{"credsStore":"","auths":{"HOST":{"auth":"${auth}"}}}`, true],
  ['a blank identity token', `{"auths":{"HOST":{"auth":"${auth}","identitytoken":""}}}`, true],
  [
    'null fields',
    `{"auths":{"HOST":{"auth":"${auth}","identitytoken":null,"password":null}},"credHelpers":null}`,
    true,
  ],
  ['NUL after the password', `{"auths":{"HOST":{"auth":"${Buffer.from('me:se:cret\0').toString('base64')}"}}}`, true],
  ['another host', `{"auths":{"other.example":{"auth":"${auth}"}}}`, false],
])('cosign and this program send the same login for a Docker configuration with %s', async (_, config, login) => {
  const { cosign, ours } = await sent(config)
  expect(ours).toEqual(cosign)
  expect(ours.includes(`Basic ${auth}`)).toBe(login)
})

const pull = 'repository:demo/hello:pull'

it.skipIf(cosign === undefined).each<[string, (host: string) => string, string, object]>([
  ['a scope of its own', (at) => `Bearer realm="http://${at}/token",service=reg,scope="aws"`, 'aws', { token: 'abc' }],
  [
    'more than to pull',
    (at) => `Bearer realm="http://${at}/token",service=reg,scope="${pull},metadata"`,
    `${pull},metadata`,
    { token: 'abc' },
  ],
  ['a blank token', (at) => `bearer Realm="http://${at}/token"`, pull, { token: '', access_token: 'abc' }],
  [
    'expires_in null',
    (at) => `Bearer realm="http://${at}/token",service="reg"`,
    pull,
    { token: 'abc', expires_in: null },
  ],
])('cosign and this program get a token where the registry has %s', async (_, asks, wanted, answer) => {
  challenge = asks
  scope = wanted
  token = answer
  const { cosign, ours } = await sent(`{"auths":{"HOST":{"auth":"${auth}"}}}`)
  expect(cosign).toContain('Bearer abc')
  expect(ours).toEqual([undefined, 'Bearer abc'])
})

it.skipIf(cosign === undefined)('cosign and this program answer Basic where Negotiate stands before it', async () => {
  challenge = () => 'Negotiate, Basic realm="x"'
  const { cosign, ours } = await sent(`{"auths":{"HOST":{"auth":"${auth}"}}}`)
  expect(ours).toEqual(cosign)
  expect(ours).toEqual([undefined, `Basic ${auth}`])
})
