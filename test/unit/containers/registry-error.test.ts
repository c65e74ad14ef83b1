import { describe, expect, it } from 'vitest'
import { engineLogin } from '../../../src/core/containers/engine/engine-login.ts'
import { type Moved, registryError } from '../../../src/core/containers/images/registry-error.ts'

const moved: Moved = { verb: 'push', reference: 'reg.lan/a:1', engine: { name: 'Docker Engine', ours: false } }

describe('an engine\u2019s message about a registry', () => {
  // As Docker Engine 20.10 and 28.5 write them.
  it.each([
    ['Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused', 'registry.down'],
    ['Get "https://reg.lan/v2/": http: server gave HTTP response to HTTPS client', 'registry.plain-http'],
    ['unauthorized: authentication required', 'registry.denied'],
    ['denied: requested access to the resource is denied', 'registry.denied'],
    ['An image does not exist locally with the tag: 127.0.0.1:9/a', 'engine.missing'],
    ['received unexpected HTTP status: 500', 'registry.refused'],
    ['Get "https://reg.lan/v2/": x509: certificate signed by unknown authority', 'registry.tls'],
    [
      'Get "https://reg.lan/v2/": x509: certificate has expired or is not yet valid: current time 2026-11-21T21:07:34Z is after 2026-11-20T21:07:34Z',
      'registry.tls',
    ],
    ['Get "https://reg.lan/v2/": x509: certificate is valid for 10.9.9.9, not 192.0.2.2', 'registry.tls'],
    [
      'error parsing HTTP 429 response body: invalid character \'T\' looking for beginning of value: "Too Many Requests"',
      'registry.too-many-requests',
    ],
    ['toomanyrequests: You have reached your pull rate limit.', 'registry.too-many-requests'],
    ['pull access denied for reg.lan/a, repository does not exist or may require ‘docker login’', 'registry.denied'],
    ['manifest for reg.lan/a:1 not found: manifest unknown: manifest unknown', 'registry.not-found'],
  ])('%j is read', (message, code) => {
    expect(registryError(message, moved)).toMatchObject({ code, found: message })
  })

  it('names the place for a CA that each engine reads', () => {
    const remedy = (engine: Moved['engine']): string =>
      registryError('x509: certificate signed by unknown authority', { ...moved, engine }).remedy
    expect(remedy({ name: 'Docker Engine', ours: false })).toContain('/etc/docker/certs.d/reg.lan/ca.crt')
    expect(remedy({ name: 'Podman', ours: false })).toContain('/etc/containers/certs.d/reg.lan/ca.crt')
    expect(remedy({ name: 'Docker Engine', ours: true })).toContain('"caFile"')
  })

  it('explains what is wrong with a certificate', () => {
    const remedy = (message: string): string => registryError(`x509: ${message}`, moved).remedy
    expect(remedy('certificate has expired or is not yet valid')).toContain('clock')
    expect(remedy('cannot validate certificate for 192.0.2.2 because it doesn’t contain any IP SANs')).toMatch(/^Name /)
  })

  it('distinguishes a missing login from an insufficient one', () => {
    const remedy = (message: string, loggedIn: boolean): string => registryError(message, { ...moved, loggedIn }).remedy
    for (const message of ['unauthorized: authentication required', 'denied: requested access is denied']) {
      expect(remedy(message, false)).toContain('in the profile')
      expect(remedy(message, true)).not.toContain('in the profile')
    }
  })
})

describe('a login for an engine', () => {
  it('is for the registry of the image, and Docker Hub’s has a name of its own', () => {
    const password = { kind: 'password', username: 'me', password: 'secret' } as const
    expect(engineLogin('reg.lan:5000/team/a', password)).toEqual({
      serveraddress: 'reg.lan:5000',
      username: 'me',
      password: 'secret',
    })
    expect(engineLogin('docker.io/me/a', { kind: 'refresh-token', token: 'abc' })).toEqual({
      serveraddress: 'https://index.docker.io/v1/',
      identitytoken: 'abc',
    })
    expect(engineLogin('reg.lan/a', undefined)).toEqual({ username: '', password: '', serveraddress: '' })
  })
})
