import { describe, expect, it } from 'vitest'
import { FlightCache } from '../../../src/core/attestor/cache/flight-cache.ts'
import { attestorConfig, parseAttestorConfig } from '../../../src/core/attestor/config/parse.ts'
import { publishedSchema } from '../../../src/core/attestor/config/schema.ts'
import { candidatesOf, repositoryName } from '../../../src/core/attestor/gates/candidates.ts'
import { GateLog } from '../../../src/core/attestor/gates/gate-log.ts'
import { selectorsOf } from '../../../src/core/attestor/gates/selectors.ts'
import type { VerifiedSignature } from '../../../src/core/domain/gate.ts'
import { engineer, imageA, intern } from '../../fixtures/sigstore-fixtures.ts'

const file = {
  engineSocket: '/run/docker.sock',
  registries: [{ host: 'localhost:5000', plainHttp: true }],
  trustedRoot: '/etc/trusted_root.json',
  cosign: { path: '/usr/bin/cosign' },
  records: '/var/lib/records',
}

const tuf = (more: object) => ({ ...file, trustedRoot: { tuf: { cache: '/var/tuf', ...more } } })

describe('the configuration', () => {
  it('is read back with every default', () => {
    const read = parseAttestorConfig(attestorConfig(file))
    expect(read.ok && read.value).toEqual({
      ...file,
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      thresholds: { log: 1, sct: 1, timestamp: 1 },
      skippedImages: [],
      launch: { check: true, mounts: [] },
      progress: false,
      deadlineMs: 3500,
      cacheSeconds: 60,
      cachedSignatures: 1000,
      rootless: 'refuse',
      procFolder: '/proc',
    })
  })

  it.each([
    ['an unknown key', { ...file, insecure: true }, 'insecure'],
    ['an unknown key further in', { ...file, cosign: { path: '/c', args: [] } }, 'cosign'],
    ['no registry', { ...file, registries: [] }, 'registries'],
    ['a registry with a path', { ...file, registries: [{ host: 'localhost/x' }] }, 'registries.0.host'],
    ['a registry with a scheme', { ...file, registries: [{ host: 'http://localhost' }] }, 'registries.0.host'],
    [
      'an authority where nobody is verified',
      { ...file, registries: [{ host: 'localhost', plainHttp: true, caFile: '/a.pem' }] },
      'registries.0.caFile: plain http verifies no certificate',
    ],
    ['a relative path', { ...file, trustedRoot: 'root.json' }, 'trustedRoot: not an absolute path'],
    ['the root folder for records', { ...file, records: '/' }, 'records: not a folder of its own'],
    ['a trusted root of another form', { ...file, trustedRoot: 7 }, 'trustedRoot: neither of the forms'],
    ['TUF without a folder', { ...file, trustedRoot: { tuf: {} } }, 'trustedRoot.tuf.cache'],
    ['TUF over http', tuf({ mirror: 'http://tuf.example' }), 'trustedRoot.tuf.mirror: http only with "plainHttp"'],
    ['TUF from a file', tuf({ mirror: 'file:///tmp' }), 'trustedRoot.tuf.mirror: no http'],
    ['a hash that is none', { ...file, cosign: { path: '/c', sha256: 'abc' } }, 'cosign.sha256'],
    ['a deadline that workloads do not wait for', { ...file, deadlineMs: 5000 }, 'deadlineMs'],
    ['a list', [file], 'it'],
    [
      'a pattern that every name matches',
      { ...file, signers: [{ issuer: { pattern: '**' }, subject: 'a' }] },
      'signers.0',
    ],
    ['an empty list of signers', { ...file, signers: [] }, 'signers'],
    ['a signer without an issuer', { ...file, signers: [{ subject: 'a' }] }, 'signers.0.issuer'],
    ['no log entry at all', { ...file, thresholds: { log: 0 } }, 'thresholds.log'],
    ['an image by tag', { ...file, skippedImages: ['alpine:3'] }, 'skippedImages.0'],
  ])('refuses %s and names the key', (_, value, key) => {
    const read = parseAttestorConfig(JSON.stringify(value))
    expect(read.ok ? '' : read.error.found).toContain(key)
  })

  it.each([
    ['enginesocket', { enginesocket: '/x' }, 'Is "engineSocket" meant?'],
    [
      'a word further in',
      { registries: [{ host: 'x', plainHTTP: true }] },
      'registries.0.plainHTTP: this key is not known. Is "plainHttp" meant?',
    ],
    [
      'a word where one of two forms is meant',
      tuf({ mirrors: 'https://x' }),
      'trustedRoot.tuf.mirrors: this key is not known. Is "mirror" meant?',
    ],
    ['a pattern\u2019s name', { signers: [{ issuer: { patern: '*' }, subject: 'a' }] }, 'Is "pattern" meant?'],
    ['another, with what it has most in common', { cosign: { path: '/c', sha265: '' } }, 'Is "sha256" meant?'],
    ['nothing like ours', { kubernetes: true }, 'kubernetes: this key is not known.'],
  ])('names the key that was probably meant by %s', (_, more, sentence) => {
    const read = parseAttestorConfig(JSON.stringify({ ...file, ...more }))
    expect(read.ok ? '' : read.error.found).toContain(sentence)
  })

  it('has the published schema: run vitest with -u when the configuration changed', async () => {
    const text = `${JSON.stringify(publishedSchema(), undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../assets/attestor-plugin.schema.json')
  })

  it.each(['', 'engineSocket = "/run/docker.sock"', '"a" = "b"'])('points to plugin_data_file for %j', (text) => {
    const read = parseAttestorConfig(text)
    expect(read.ok ? '' : read.error.remedy).toContain('plugin_data_file')
  })
})

describe('candidates', () => {
  const registries = [{ host: 'localhost:5000', plainHttp: true }]
  const of = (...texts: string[]) => candidatesOf(texts, registries)

  it('queries only configured registries, and records the others', () => {
    const { named, skipped } = of(
      `localhost:5000/demo/hello@${imageA.digest}`,
      `evil.example/demo/hello@${imageA.digest}`,
      `localhost:5000.evil.example/demo@${imageA.digest}`,
      `localhost:50000/demo@${imageA.digest}`,
    )
    expect(named.map((each) => each.path)).toEqual(['demo/hello'])
    expect(skipped).toEqual(['evil.example/demo/hello', 'localhost:5000.evil.example/demo', 'localhost:50000/demo'])
  })

  it('writes Docker Hub\u2019s host out', () => {
    expect(of(`alpine@${imageA.digest}`, `library/x@${imageA.digest}`).skipped).toEqual([
      'docker.io/library/alpine',
      'docker.io/library/x',
    ])
  })

  it.each(['docker.io', 'index.docker.io', 'registry-1.docker.io'])(
    'recognizes Docker Hub, configured as %s, by the names of each engine, and calls it docker.io',
    (host) => {
      // Docker Engine leaves the host out; Podman and containerd write it; old configurations have another.
      const texts = ['', 'docker.io/', 'index.docker.io/'].map((start) => `${start}acme/hello@${imageA.digest}`)
      const { named, skipped } = candidatesOf(texts, [{ host, plainHttp: false }])
      expect(named.map(repositoryName)).toEqual(Array(3).fill('docker.io/acme/hello'))
      expect(skipped).toEqual([])
      expect(candidatesOf([`docker.io/alpine@${imageA.digest}`], [{ host, plainHttp: false }]).named[0]?.path).toBe(
        'library/alpine',
      )
    },
  )

  it('skips what has no SHA-256 digest or is not a reference, and what is too much', () => {
    const { named, skipped } = of(
      'localhost:5000/a',
      'localhost:5000/../a@sha256:0',
      `localhost:5000/A@${imageA.digest}`,
    )
    expect(named).toEqual([])
    expect(skipped).toHaveLength(3)
    const many = of(...Array.from({ length: 10 }, (_, index) => `localhost:5000/r${index}@${imageA.digest}`))
    expect([many.named.length, many.skipped]).toEqual([8, ['localhost:5000/r8', 'localhost:5000/r9']])
  })
})

describe('selectors', () => {
  const plainly = { rootless: false, asBuilt: false }
  const signature: VerifiedSignature = {
    signer: engineer,
    repository: 'localhost:5000/demo/hello',
    imageDigest: imageA.digest,
    logId: 'ab',
    logIndex: '7',
  }

  it('names signer and issuer as a pair, and each alone only when there is one signature', () => {
    expect(selectorsOf([signature], plainly)).toEqual([
      'signer:http://localhost:15561|engineer@sandbox.example',
      'repository:localhost:5000/demo/hello',
      `image-digest:${imageA.digest}`,
      'log-id:ab',
      'log-index:7',
      'subject:engineer@sandbox.example',
      'issuer:http://localhost:15561',
    ])
    const two = selectorsOf([signature, { ...signature, signer: intern, logIndex: '8' }], plainly)
    expect(two.filter((value) => /^(subject|issuer):/.test(value))).toEqual([])
    expect(two.filter((value) => value.startsWith('signer:'))).toHaveLength(2)
    expect(new Set(two).size).toBe(two.length)
  })

  it('says that the container was launched as built, if it was', () => {
    const built = selectorsOf([signature], { rootless: false, asBuilt: true })
    expect(built.filter((value) => !selectorsOf([signature], plainly).includes(value))).toEqual(['launch:as-built'])
  })

  it('keeps those of a rootless engine apart from all others', () => {
    expect(
      selectorsOf([signature], { ...plainly, rootless: true }).every((value) => value.startsWith('rootless:')),
    ).toBe(true)
  })
})

describe('the cache', () => {
  const keep = (value: number): boolean => value > 0

  it('shares one computation among concurrent callers, and caches what is to be kept', async () => {
    const cache = new FlightCache<number>({ ttlMs: 60_000, maxEntries: 2 })
    let runs = 0
    const compute = async (): Promise<number> => ++runs
    const answers = await Promise.all([cache.get('a', compute, keep), cache.get('a', compute, keep)])
    expect(answers.map((each) => each.value)).toEqual([1, 1])
    expect((await cache.get('a', compute, keep)).cached).toBe(true)
    expect(runs).toBe(1)
  })

  it('does not cache what is not to be kept, nor a failure', async () => {
    const cache = new FlightCache<number>({ ttlMs: 60_000, maxEntries: 2 })
    await cache.get('a', async () => 0, keep)
    await expect(cache.get('a', () => Promise.reject(new Error('no')), keep)).rejects.toThrow('no')
    expect(await cache.get('a', async () => 5, keep)).toEqual({ value: 5, cached: false })
  })

  it('drops entries after their time, and the oldest when it is full', async () => {
    const short = new FlightCache<number>({ ttlMs: 0, maxEntries: 2 })
    await short.get('a', async () => 1, keep)
    expect((await short.get('a', async () => 2, keep)).value).toBe(2)
    const small = new FlightCache<number>({ ttlMs: 60_000, maxEntries: 2 })
    for (const key of ['a', 'b', 'c']) await small.get(key, async () => 1, keep)
    expect((await small.get('a', async () => 2, keep)).value).toBe(2)
    expect((await small.get('c', async () => 2, keep)).value).toBe(1)
  })
})

describe('the list of gates', () => {
  it('has every gate of the plugin in order, and says which one failed', () => {
    const log = new GateLog()
    log.close('container', { verdict: 'passed', expected: 'x', found: 'x' })
    log.close('image', { verdict: 'could-not-check', expected: 'x', found: 'x' })
    expect(log.complete().map((gate) => [gate.id, gate.verdict])).toEqual([
      ['container', 'passed'],
      ['image', 'could-not-check'],
      ['registry', 'not-checked'],
      ['signature', 'not-checked'],
      ['signer', 'not-checked'],
      ['launch', 'not-checked'],
    ])
    expect(log.complete()[2]?.found).toBe('gate image failed before')
    const other = new GateLog()
    other.close('launch', { verdict: 'failed', expected: 'x', found: 'x' })
    expect(other.complete('not asked for')[0]?.found).toBe('not asked for')
  })
})
