import { describe, expect, it } from 'vitest'
import { parseAttestorConfig } from '../../../src/core/attestor/config/parse.ts'

const file = {
  engineSocket: '/run/docker.sock',
  registries: [{ host: 'localhost:5000', plainHttp: true }],
  trustedRoot: '/r.json',
  cosign: { path: '/c' },
  records: '/d',
}
const found = (text: string): string => {
  const read = parseAttestorConfig(text)
  return read.ok ? '' : `${read.error.found}`
}
const foundIn = (more: object): string => found(JSON.stringify({ ...file, ...more }))

describe('a configuration', () => {
  it('has each key once, at every depth', () => {
    expect(found(JSON.stringify(file))).toBe('')
    const twice = JSON.stringify({ ...file, rootless: 'refuse' })
      .replace('}]', '}]')
      .slice(0, -1)
    expect(found(`${twice},"rootless":"allow"}`)).toContain('twice')
    expect(found(JSON.stringify(file).replace('"path":"/c"', '"path":"/c","p\\u0061th":"/evil"'))).toContain('twice')
  })

  it('is not quoted when it is the wrong file', () => {
    for (const text of [
      'root:*:19000:0:99999:7:::',
      '{"auths":{"registry.example":{"auth":"c2VjcmV0"}}}',
      '{"secret-key":"c2VjcmV0","auths":1}',
      '["c2VjcmV0"]',
      '"c2VjcmV0"',
    ]) {
      const error = JSON.stringify(parseAttestorConfig(text))
      expect(error).not.toMatch(/root:|auths|secret|c2VjcmV0/)
      expect(error).toContain('"ok":false')
    }
    // Values are never repeated, and of keys only names.
    expect(foundIn({ rootless: 's3cret', deadlineMs: 's3cret', 'https://user:s3cret@x': 1 })).not.toContain('s3cret')
  })

  describe('with a key under its old name', () => {
    const deprecated = 'Deprecated: "tlsAuthority" is now "caFile". The old names will be removed.'
    const registries = [
      { host: 'a.example', tlsAuthority: '/a.pem' },
      { host: 'b.example', tlsAuthority: '/b.pem' },
    ]

    it('is read as with the new one, with one notice for all places', () => {
      const read = parseAttestorConfig(JSON.stringify({ ...file, registries }))
      expect(read).toMatchObject({
        ok: true,
        value: {
          registries: [
            { host: 'a.example', caFile: '/a.pem' },
            { host: 'b.example', caFile: '/b.pem' },
          ],
          notice: deprecated,
        },
      })
      const both = parseAttestorConfig(JSON.stringify({ ...file, registries, rememberedSignatures: 7 }))
      expect(both).toMatchObject({
        ok: true,
        value: {
          cachedSignatures: 7,
          notice: deprecated.replace('. The', '; "rememberedSignatures" is now "cachedSignatures". The'),
        },
      })
      const current = parseAttestorConfig(JSON.stringify({ ...file, cachedSignatures: 7 }))
      expect(current).toMatchObject({ ok: true, value: { cachedSignatures: 7 } })
      expect(current.ok && 'notice' in current.value).toBe(false)
    })

    it('is refused when the new one says something else, and accepted when it says the same', () => {
      const [first] = registries
      const differs = foundIn({ registries: [{ host: 'c.example' }, { ...first, caFile: '/s3cret.pem' }] })
      expect(differs).toBe(
        'registries.1.tlsAuthority is the old name of registries.1.caFile, and the two have different values: keep "caFile"',
      )
      expect(foundIn({ rememberedSignatures: 1, cachedSignatures: 2 })).toContain('different values')
      const same = parseAttestorConfig(JSON.stringify({ ...file, registries: [{ ...first, caFile: '/a.pem' }] }))
      expect(same).toMatchObject({ ok: true, value: { notice: deprecated } })
    })

    it('is checked like the new one, and the error says which key is meant', () => {
      const wrong = foundIn({ registries: [{ host: 'a.example', tlsAuthority: 'a.pem' }] })
      expect(wrong).toBe(`registries.0.caFile: not an absolute path. ${deprecated}`)
    })
  })

  it('with very many wrong keys gives a short sentence', () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, 1]))
    const text = foundIn(many)
    expect(text.length).toBeLessThan(1_000)
    expect(text).toContain('k0: this key is not known')
    expect(text).toContain('and 59995 more keys')
    const registries = Array.from({ length: 30_000 }, (_, at) => ({ host: `r${at}`, x: 1 }))
    expect(foundIn({ registries }).length).toBeLessThan(2_000)
    expect(found('x'.repeat(1024 * 1024 + 1))).toContain('characters')
  })

  it.each([
    ['a..b'],
    ['-a.example'],
    ['a.example-'],
    ['a.example.'],
    ['.a.example'],
    ['a_b.example'],
    ['localhost:0'],
    ['localhost:00080'],
    ['localhost:65536'],
    ['localhost:99999'],
    ['localhost:'],
    ['[::1]:5000'],
    ['a.example/b'],
    ['user@a.example'],
    [''],
  ])('names no registry %s', (host) => {
    expect(foundIn({ registries: [{ host }] })).toContain('registries.0.host: not host[:port]')
  })

  it.each(['localhost', 'localhost:1', 'localhost:65535', 'a-b.example', '10.0.0.1:5000', 'A.Example'])(
    'may name a registry %s',
    (host) => {
      expect(foundIn({ registries: [{ host }] })).toBe('')
    },
  )

  it.each([
    ['in other letters', 'Registry.Example', 'registry.example'],
    ['by Docker Hub\u2019s other name', 'docker.io', 'index.docker.io'],
    ['twice', 'registry.example', 'registry.example'],
  ])('names a registry once, and not again %s', (_, one, other) => {
    const registries = [{ host: one }, { host: other, plainHttp: true }]
    expect(foundIn({ registries })).toContain('registries.1.host: a registry that is there before')
  })

  it.each([
    '/',
    '//',
    '/run',
    '/run/',
    '/var/run',
    '/var/lib',
    '/etc',
    '/etc/ssl/certs',
    '/proc/1/root',
    '/sys/fs/cgroup',
    '/dev/shm',
    '/root',
    '/usr/local/bin',
    '/home',
    '/run/spire/../..',
    '/run/spire/sockets/',
    '/run/./spire',
  ])('lets nobody mount %s', (mount) => {
    expect(foundIn({ launch: { mounts: [mount] } })).toContain('launch.mounts.0: it would expose the machine')
  })

  it.each([
    '/run/spire/agent-sockets',
    '/tmp/sigstore-attestor-0/agent',
    '/home/u/.local/state/x/agent',
    '/opt/spire/s',
  ])('may let %s be mounted', (mount) => {
    expect(foundIn({ launch: { mounts: [mount] } })).toBe('')
  })
})
