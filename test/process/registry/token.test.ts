import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asksFor, basic, LoginStage, path } from './login-stage.ts'

let stage: LoginStage
beforeEach(async () => {
  stage = await new LoginStage().start()
})
afterEach(() => stage.stop())

describe('a registry that requires a token', () => {
  const service =
    (more: object = {}, code = 200) =>
    (request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.startsWith('/token') === true) {
        response.writeHead(code).end(JSON.stringify({ token: 'abc', expires_in: 300, ...more }))
        return
      }
      asksFor(`Bearer ${valid}`, `Bearer realm="http://${stage.host}/token",service=reg${scope}`)(request, response)
    }
  let valid: string
  let scope: string
  beforeEach(() => {
    valid = 'abc'
    scope = ''
  })

  it('is read with a public one, for reading this repository only, and keeps it', async () => {
    stage.answer = service()
    const access = stage.access()
    expect(await stage.read(undefined, access)).toBe(200)
    expect(await stage.read(undefined, access)).toBe(200)
    expect(stage.seen.map(({ url }) => url)).toEqual([
      path,
      `/token?scope=${encodeURIComponent('repository:demo/hello:pull')}&service=reg`,
      path,
      path,
    ])
  })

  it('gives one for a name and a password, and for a refresh token', async () => {
    stage.answer = service()
    expect(await stage.read({ auths: { [stage.host]: { auth: Buffer.from('me:se:cret').toString('base64') } } })).toBe(
      200,
    )
    expect(stage.seen[1]?.authorization).toBe(basic('me:se:cret'))
    expect(await stage.read({ auths: { [stage.host]: { identitytoken: 'refresh' } } })).toBe(200)
    expect(stage.seen[4]?.body).toContain('refresh_token=refresh')
  })

  it.each([
    ['aws', 'scope=aws'],
    ['repository:demo/hello:pull,metadata', 'scope=repository%3Ademo%2Fhello%3Apull%2Cmetadata'],
    ['a:pull b:pull', 'scope=a%3Apull&scope=b%3Apull'],
    [' ', 'scope=repository%3Ademo%2Fhello%3Apull'],
  ])('gives one for the scope that the registry names: %s', async (named, query) => {
    stage.answer = service()
    scope = `,scope="${named}"`
    expect(await stage.read()).toBe(200)
    expect(stage.seen[1]?.url).toBe(`/token?${query}&service=reg`)
    expect(await stage.read({ auths: { [stage.host]: { identitytoken: 'refresh' } } })).toBe(200)
    expect(new URLSearchParams(stage.seen[4]?.body).get('scope')).toBe(named.trim() || 'repository:demo/hello:pull')
  })

  it.each([
    ['a blank token beside another', { token: '', access_token: 'abc' }],
    ['token null', { token: null, access_token: 'abc' }],
    ['an access token only', { token: undefined, access_token: 'abc' }],
    ['expires_in 0', { expires_in: 0 }],
    ['expires_in null', { expires_in: null }],
    ['expires_in -1', { expires_in: -1 }],
    ['expires_in as a text', { expires_in: '3600' }],
    ['expires_in of a week', { expires_in: 604_800 }],
    ['expires_in without end', { expires_in: 1e300 }],
  ])('takes one from an answer with %s, and keeps it', async (_, more) => {
    stage.answer = service(more)
    const access = stage.access()
    expect(await stage.read(undefined, access)).toBe(200)
    expect(await stage.read(undefined, access)).toBe(200)
    expect(stage.seen.filter(({ url }) => url.startsWith('/token'))).toHaveLength(1)
  })

  it.each([400, 401, 403])('that rejects a kept one with %i gets a new one, once', async (code) => {
    stage.answer = service()
    const access = stage.access()
    expect(await stage.read(undefined, access)).toBe(200)
    valid = 'new'
    const serve = service({ token: 'new' })
    stage.answer = (request, response) =>
      request.headers.authorization === 'Bearer abc' ? response.writeHead(code).end() : serve(request, response)
    expect(await stage.read(undefined, access)).toBe(200)
    stage.answer = (request, response) =>
      request.headers.authorization === undefined ? serve(request, response) : response.writeHead(code).end()
    stage.seen = []
    expect(await stage.read(undefined, access)).toBe(code)
    expect(stage.seen.filter(({ url }) => url === path)).toHaveLength(3)
  })

  it('gives one after redirects at the same address, with the login', async () => {
    const serve = service()
    stage.answer = (request, response) =>
      request.url?.startsWith('/token?') === true
        ? response.writeHead(307, { location: '/token/real' }).end()
        : serve(request, response)
    expect(await stage.read({ auths: { [stage.host]: { username: 'me', password: 'se:cret' } } })).toBe(200)
    expect(stage.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      basic('me:se:cret'),
      basic('me:se:cret'),
      'Bearer abc',
    ])
  })

  it.each([
    ['to http elsewhere', () => 'http://elsewhere.example/token'],
    ['in circles', () => '/token?again'],
    ['to a URL with a login', () => `http://a:b@${stage.host}/token/real`],
    ['to no URL', () => 'http://['],
  ])('gives none when it redirects %s', async (_, location) => {
    const serve = service()
    stage.answer = (request, response) =>
      request.url?.startsWith('/token?') === true
        ? response.writeHead(307, { location: location() }).end()
        : serve(request, response)
    const result = await stage.read()
    expect(result).toContain('registry.refused a redirect')
    expect(JSON.stringify(result)).not.toContain('a:b')
    expect(stage.seen.length).toBeLessThan(6)
  })

  it('does not send a refresh token to where its service redirects', async () => {
    stage.answer = (request, response) =>
      request.method === 'POST'
        ? response.writeHead(307, { location: 'https://elsewhere.example/' }).end()
        : service()(request, response)
    expect(await stage.read({ auths: { [stage.host]: { identitytoken: 'refresh' } } })).toContain(
      'registry.refused a redirect to https://elsewhere.example',
    )
  })

  it.each([
    ['refuses', service({}, 401), 'HTTP 401'],
    ['has trouble', service({}, 502), 'HTTP 502'],
    ['answers without one', service({ token: undefined }), 'without one'],
    [
      'answers a page',
      (request: IncomingMessage, response: ServerResponse) =>
        request.url?.startsWith('/token') === true
          ? response.writeHead(200).end('<html>')
          : service()(request, response),
      'without one',
    ],
    ['answers with one that would break the header', service({ token: 'a\r\nb' }), 'another text'],
  ])('could not be read when the service %s', async (_, serve, found) => {
    stage.answer = serve
    const result = await stage.read()
    expect(result).toContain('registry.refused')
    expect(result).toContain(found)
  })

  it('sends no credentials to a token service elsewhere, which plain http could name', async () => {
    stage.answer = asksFor('Bearer abc', 'Bearer realm="https://evil.example/token",service="x"')
    expect(
      await stage.read({ auths: { [stage.host]: { auth: Buffer.from('me:se:cret').toString('base64') } } }),
    ).toContain('registry.refused https://evil.example')
    stage.answer = asksFor('Bearer abc', 'Bearer realm="http://127.0.0.1:1/token",service="x"')
    expect(await stage.read()).toContain('registry.refused')
    expect(stage.seen.every(({ authorization }) => authorization === undefined)).toBe(true)
  })
})
