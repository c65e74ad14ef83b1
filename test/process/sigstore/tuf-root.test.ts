import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetchTrustedRoot, keptTrustedRoot, type TufRepository } from '../../../src/core/sigstore/trust/tuf-root.ts'
import { trustedRoot } from '../../fixtures/sigstore-fixtures.ts'
import { TufRepositoryServer, tufKey } from '../../fixtures/tuf-repository.ts'

/** The same trusted root, distinguished by a space. */
const another = `${trustedRoot} `
const past = '2020-01-01T00:00:00Z'

let server: TufRepositoryServer
let repository: TufRepository
beforeEach(async () => {
  server = await new TufRepositoryServer().start()
  server.publish(trustedRoot, 1)
  const cache = mkdtempSync(join(tmpdir(), 'tuf-test-'))
  repository = { mirror: server.mirror, initialRoot: server.root(), cache }
})
afterEach(async () => {
  vi.useRealTimers()
  await server.stop()
  rmSync(repository.cache, { recursive: true, force: true })
})

const fetchRoot = (signal = AbortSignal.timeout(10_000)) => fetchTrustedRoot(repository, signal)
/** The code of an error and what it found, in one text. */
const why = (result: Awaited<ReturnType<typeof fetchRoot>>): string =>
  result.ok ? 'ok' : `${result.error.code} ${result.error.found}`

describe('a trusted root by TUF', () => {
  it('is fetched and stored for use without a network, with its age and its expiry', async () => {
    expect(why(await keptTrustedRoot(repository))).toContain('sigstore.tuf-unusable none')
    const before = Date.now()
    const fetched = await fetchRoot()
    if (!fetched.ok) throw new Error(why(fetched))
    expect(fetched.value.json).toBe(trustedRoot)
    expect(Date.parse(fetched.value.confirmedAt)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(fetched.value.expires)).toBeGreaterThan(Date.now())
    await server.stop()
    expect(await keptTrustedRoot(repository)).toEqual(fetched)
    expect(why(await fetchRoot())).toContain('sigstore.tuf-unreachable')
    expect(await keptTrustedRoot(repository)).toEqual(fetched)
    const [folder = ''] = readdirSync(repository.cache)
    expect(statSync(join(repository.cache, folder)).mode & 0o777).toBe(0o700)
  })

  it('is the newest one, and only fetched when it has changed', async () => {
    await fetchRoot()
    server.publish(another, 2)
    expect(await fetchRoot()).toMatchObject({ ok: true, value: { json: another } })
    const targets = (): number => server.requests.filter((path) => path.startsWith('targets/')).length
    expect(targets()).toBe(2)
    expect(await fetchRoot()).toMatchObject({ ok: true, value: { json: another } })
    expect(targets()).toBe(2)
  })

  it('follows the repository\u2019s keys from the initial root', async () => {
    server.rotate()
    server.rotate()
    server.publish(another, 2)
    expect(await fetchRoot()).toMatchObject({ ok: true, value: { json: another } })
  })

  it('of one initial root counts nothing under another', async () => {
    await fetchRoot()
    const other = new TufRepositoryServer()
    repository = { ...repository, initialRoot: other.root() }
    expect(why(await keptTrustedRoot(repository))).toContain('none')
    expect(why(await fetchRoot())).toContain('sigstore.tuf-refused')
  })

  it('is fetched again if a crash left half a file', async () => {
    await fetchRoot()
    const [folder = ''] = readdirSync(repository.cache)
    for (const name of ['root.json', 'timestamp.json', 'snapshot.json', 'trusted-root.json']) {
      writeFileSync(join(repository.cache, folder, name), '{"sig')
    }
    expect(why(await keptTrustedRoot(repository))).toContain('none')
    expect(await fetchRoot()).toMatchObject({ ok: true, value: { json: trustedRoot } })
  })

  it('is not used once the metadata have expired, network or not', async () => {
    const fetched = await fetchRoot()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
    const kept = await keptTrustedRoot(repository)
    expect(why(kept)).toContain('sigstore.tuf-unusable metadata that ended at')
    expect(why(kept)).toContain(fetched.ok ? fetched.value.confirmedAt : 'none')
    expect(why(await fetchRoot())).toMatch(/sigstore.tuf-refused .*expired/)
  })
})

describe('refused, while the stored copy stays, are', () => {
  beforeEach(async () => {
    server.publish(trustedRoot, 5)
    await fetchRoot()
  })
  afterEach(async () => {
    expect(await keptTrustedRoot(repository)).toMatchObject({ ok: true, value: { json: trustedRoot } })
  })

  it.each<[string, () => void, RegExp]>([
    ['metadata that go back', () => server.publish(another, 4), /less than current version/],
    ['expired metadata', () => server.publish(another, 6, { expires: past }), /expired/],
    ['metadata of another key', () => server.publish(another, 6, { signer: tufKey() }), /signed by 0\/1 keys/],
    [
      'a target of another content',
      () => {
        server.publish(another, 6)
        for (const path of server.files.keys())
          if (path.startsWith('targets/')) server.files.set(path, `${trustedRoot}!`)
      },
      /hash|length/,
    ],
    [
      'keys that the ones before did not sign',
      () => {
        server.rootKey = tufKey()
        server.rootVersion = 2
        server.files.set('2.root.json', server.root())
      },
      /signed by 0\/1 keys/,
    ],
    ['a repository without a trusted root', () => server.publish('{}', 6, { name: 'other.json' }), /none/],
    ['a trusted root that none can read', () => server.publish('garbage', 6), /JSON/],
  ])('%s', async (_, change, found) => {
    change()
    const result = await fetchRoot()
    expect(why(result)).toMatch(/sigstore\.(tuf-refused|trusted-root)/)
    expect(why(result)).toMatch(found)
  })

  it('metadata without end', async () => {
    server.files.set('timestamp.json', ' '.repeat(20_000))
    expect(why(await fetchRoot())).toContain('Max length')
  })

  it('a repository that hangs: the signal ends it', async () => {
    server.onRequest = () => new Promise(() => undefined)
    const ending = new AbortController()
    const fetching = fetchRoot(ending.signal)
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(5), { timeout: 20_000 })
    ending.abort()
    expect(why(await fetching)).toContain('no answer in time')
  })

  it('a repository with trouble of its own, which is not an answer', async () => {
    server.status = 503
    expect(why(await fetchRoot())).toMatch(/sigstore.tuf-unreachable .*HTTP 503/)
  })
})
