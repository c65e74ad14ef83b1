import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { get } from '../../../src/core/registry/registry-http.ts'
import { asksFor, basic, LoginStage, path } from './login-stage.ts'

let stage: LoginStage
beforeEach(async () => {
  stage = await new LoginStage().start()
})
afterEach(() => stage.stop())

describe('a registry that requires a name and a password', () => {
  beforeEach(() => {
    stage.answer = asksFor(basic('me:se:cret'), 'Basic realm="x"')
  })

  it.each([
    ['from the file', (at: string) => ({ auths: { [at]: { auth: Buffer.from('me:se:cret').toString('base64') } } })],
    [
      'from the file, as an address',
      (at: string) => ({ auths: { [`https://${at}`]: { username: 'me', password: 'se:cret' } } }),
    ],
  ])('gets them %s', async (_, config) => {
    expect(await stage.read(config(stage.host))).toBe(200)
    expect(stage.seen.map(({ authorization }) => authorization)).toEqual([undefined, basic('me:se:cret')])
  })

  it.each(['credHelpers', 'credsStore'])(
    'gets them from a helper (%s), which receives the registry only',
    async (kind) => {
      stage.helper(
        'test',
        `[ "$1 $(cat)" = "get ${stage.host}" ] && echo '{"ServerURL":"x","Username":"me","Secret":"se:cret"}'`,
      )
      expect(await stage.read({ [kind]: kind === 'credsStore' ? 'test' : { [stage.host]: 'test' } })).toBe(200)
    },
  )

  it('gets none that belong to another registry', async () => {
    expect(
      await stage.read({ auths: { 'other.example': { auth: Buffer.from('me:se:cret').toString('base64') } } }),
    ).toBe(401)
    expect(stage.seen.every(({ authorization }) => authorization === undefined)).toBe(true)
    expect(await stage.read()).toBe(401)
  })

  it.each([403, 500])('cannot put them into our error text with its own (HTTP %i)', async (status) => {
    const ask = stage.answer
    stage.answer = (request, response) => {
      const { authorization } = request.headers
      if (authorization === undefined) return ask(request, response)
      const [, encoded = ''] = authorization.split(' ')
      const decoded = Buffer.from(encoded, 'base64').toString('utf8')
      response.writeHead(status).end(`no: ${authorization}, ${decoded}, ${decoded.replace('me:', '')}, ok`)
    }
    const registry = { host: stage.host, plainHttp: true, access: stage.access(stage.login()) }
    const result = await get({ registry, path, maxBytes: 1_000 })
    expect(result.ok && result.value.body.toString('utf8')).toBe('no: Basic [redacted], [redacted], [redacted], ok')
  })

  it('that refuses them is tried once, not for ever', async () => {
    expect(await stage.read({ auths: { [stage.host]: { auth: Buffer.from('me:wrong').toString('base64') } } })).toBe(
      401,
    )
    expect(stage.seen).toHaveLength(2)
  })

  it.each([
    ['is missing', { credsStore: 'missing' }],
    ['has a name that is a path', { credsStore: '../evil' }],
    ['does not end', { credsStore: 'slow' }],
    ['answers garbage', { credsStore: 'garbage' }],
    ['fails', { credsStore: 'failing' }],
    ['fails with a megabyte', { credsStore: 'flooding' }],
  ])('leaves the login unknown when the helper %s', async (_, config) => {
    stage.helper('slow', 'echo se:cret >&2; exec tail -f /dev/null')
    stage.helper('garbage', 'echo se:cret')
    stage.helper('failing', 'echo se:cret; exit 3')
    stage.helper('flooding', 'yes se:cret | head -c 1000000 >&2; exit 3')
    const result = await stage.read(config, undefined, AbortSignal.timeout(1_000))
    expect(result).toContain('registry.credentials')
    expect(JSON.stringify(result)).not.toContain('se:cret')
  })

  it.each(['missing', 'failing'])(
    'gets them from the file when the helper is %s, as with docker',
    async (credsStore) => {
      stage.helper('failing', 'exit 3')
      expect(await stage.read({ credsStore, ...stage.login() })).toBe(200)
    },
  )

  it('is read without credentials when the helper has none', async () => {
    stage.helper('empty', 'echo credentials not found in native keychain; exit 1')
    expect(await stage.read({ credsStore: 'empty' })).toBe(401)
  })

  it('is read without credentials when the helper gives blank ones', async () => {
    stage.helper('blank', `echo '{"ServerURL":"x","Username":"","Secret":""}'`)
    expect(await stage.read({ credsStore: 'blank' })).toBe(401)
    expect(stage.seen).toHaveLength(1)
  })

  it('gets them from a helper that needs the user\u2019s environment', async () => {
    vi.stubEnv('AWS_PROFILE', 'acme').stubEnv('HTTPS_PROXY', 'http://p').stubEnv('ELECTRON_RUN_AS_NODE', '1')
    stage.helper(
      'aws',
      `[ "$AWS_PROFILE $HTTPS_PROXY$ELECTRON_RUN_AS_NODE" = "acme http://p" ] && echo '{"Username":"me","Secret":"se:cret"}'`,
    )
    expect(await stage.read({ credsStore: 'aws' })).toBe(200)
  })

  it('gets them from a helper that takes longer than two seconds, which then is not asked for each request', async () => {
    stage.helper('slow', `echo x >>${stage.folder}/asked; sleep 2.5; echo '{"Username":"me","Secret":"se:cret"}'`)
    const access = stage.access({ credsStore: 'slow' })
    expect(await stage.read(undefined, access)).toBe(200)
    expect(await stage.read(undefined, access)).toBe(200)
    expect(readFileSync(join(stage.folder, 'asked'), 'utf8')).toBe('x\n')
  })

  it('that no longer accepts them gets new ones', async () => {
    const access = stage.access({ auths: { [stage.host]: { username: 'me', password: 'se:cret' } } })
    expect(await stage.read(undefined, access)).toBe(200)
    stage.answer = asksFor(basic('me:new'), 'Basic realm="x"')
    stage.access({ auths: { [stage.host]: { username: 'me', password: 'new' } } })
    expect(await stage.read(undefined, access)).toBe(200)
  })

  it.each([
    'Negotiate, Basic realm="x"',
    'Negotiate YWJj==, NTLM, basic Realm=x',
    `Bearer realm="http://elsewhere.example/token", Basic realm="x"`,
    'Bearer service="x", Basic realm="x"',
  ])('gets them for %s', async (challenge) => {
    stage.answer = asksFor(basic('me:se:cret'), challenge)
    expect(await stage.read({ auths: { [stage.host]: { username: 'me', password: 'se:cret' } } })).toBe(200)
  })

  it('does not get them on a redirect to another address', async () => {
    const other = createServer((request, response) => {
      stage.seen.push({ url: 'other', authorization: request.headers.authorization, body: '' })
      response.writeHead(200).end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const asks = stage.answer
    stage.answer = (request, response) =>
      request.headers.authorization === undefined
        ? asks(request, response)
        : response.writeHead(307, { location }).end()
    expect(
      await stage.read({ auths: { [stage.host]: { auth: Buffer.from('me:se:cret').toString('base64') } } }),
    ).toContain('redirect')
    expect(stage.seen.some(({ url }) => url === 'other')).toBe(false)
    await new Promise((resolve) => other.close(resolve))
  })
})
