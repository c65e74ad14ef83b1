import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestHex, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { listReferrers } from '../../../src/core/registry/referrers.ts'
import {
  isNotFound,
  isUnreadable,
  type Repository,
  readBlob,
  readManifest,
} from '../../../src/core/registry/registry.ts'
import { readBundles } from '../../../src/core/registry/signature-bundles.ts'
import { bundle, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { endless, FakeRegistry, indexOf } from '../attestor/fake-registry.ts'

let registry: FakeRegistry
let repository: Repository
beforeEach(async () => {
  registry = await new FakeRegistry().start()
  repository = { registry: { host: registry.host, plainHttp: true }, path: 'demo/hello' }
})
afterEach(() => registry.stop())

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }): string =>
  result.ok ? 'ok' : result.error.code

describe('manifests and blobs', () => {
  it('are read by digest', async () => {
    registry.manifest(imageA.manifest)
    const manifest = await readManifest(repository, imageA.digest)
    expect(manifest.ok && manifest.value.kind === 'image' && manifest.value.image.config.digest).toBe(imageA.id)
    const blob = await readBlob(repository, registry.blob(Buffer.from('x')), 10)
    expect(blob.ok && blob.value.toString()).toBe('x')
  })

  it('of other bytes are refused before they are parsed', async () => {
    registry.answer(`manifests/${imageA.digest}`, imageB.manifest)
    expect(codeOf(await readManifest(repository, imageA.digest))).toBe('registry.invalid')
    registry.answer(`blobs/${imageA.id}`, imageB.config)
    expect(codeOf(await readBlob(repository, imageA.id, 1000))).toBe('registry.invalid')
  })

  it.each(['garbage', '{}', '[]', '{"schemaVersion":2,"config":{},"manifests":[]}'])(
    'that are %s are refused',
    async (text) => {
      const digest = registry.manifest(Buffer.from(text))
      expect(codeOf(await readManifest(repository, digest))).toBe('registry.invalid')
    },
  )

  it('distinguish absence from silence, refusal and trouble', async () => {
    const absent = await readManifest(repository, imageA.digest)
    expect(!absent.ok && isNotFound(absent.error)).toBe(true)
    for (const status of [401, 403, 429, 500, 503]) {
      registry.answer(`manifests/${imageA.digest}`, (_, response) => response.writeHead(status).end())
      const refused = await readManifest(repository, imageA.digest)
      expect(!refused.ok && isUnreadable(refused.error)).toBe(true)
    }
    registry.answer(`manifests/${imageA.digest}`, (_, response) => response.destroy())
    const broken = await readManifest(repository, imageA.digest)
    expect(!broken.ok && isUnreadable(broken.error)).toBe(true)
    await registry.stop()
    const down = await readManifest(repository, imageA.digest)
    expect(!down.ok && down.error.found).toContain('ECONNREFUSED')
  })

  it('are given up when they never end, and at the deadline', async () => {
    registry.answer(`manifests/${imageA.digest}`, endless)
    expect(codeOf(await readManifest(repository, imageA.digest))).toBe('registry.unusable')
    registry.answer(`manifests/${imageA.digest}`, () => undefined)
    const late = await readManifest({ ...repository, signal: AbortSignal.timeout(50) }, imageA.digest)
    expect(!late.ok && late.error.found).toBe('no answer in time')
  })
})

describe('redirects', () => {
  it('within the same registry are followed, three times at most', async () => {
    registry.manifest(imageA.manifest)
    const hop = (from: string, to: string): void =>
      registry.answer(from, (_, response) => response.writeHead(307, { location: `/v2/demo/hello/${to}` }).end())
    hop(`blobs/${imageA.digest}`, `manifests/${imageA.digest}`)
    expect(codeOf(await readBlob(repository, imageA.digest, 10_000))).toBe('ok')
    hop(`blobs/${imageB.digest}`, `blobs/${imageB.digest}`)
    expect(codeOf(await readBlob(repository, imageB.digest, 10_000))).toBe('registry.unusable')
    expect(registry.requests.filter((path) => path.includes(imageB.digest))).toHaveLength(4)
  })

  it('to plain http elsewhere are not followed', async () => {
    const other = await new FakeRegistry().start()
    registry.answer(`blobs/${imageA.id}`, (_, response) =>
      response.writeHead(307, { location: `http://${other.host}/v2/demo/hello/blobs/${imageA.id}` }).end(),
    )
    expect(codeOf(await readBlob(repository, imageA.id, 1000))).toBe('registry.unusable')
    expect(other.requests).toEqual([])
    await other.stop()
  })

  it('do not allow plain http for a registry that is not configured so', async () => {
    const result = await readManifest(
      { ...repository, registry: { host: registry.host, plainHttp: false } },
      imageA.digest,
    )
    expect(codeOf(result)).toBe('registry.tls')
    expect(registry.requests).toEqual([])
  })
})

describe('referrers', () => {
  const digests = Array.from({ length: 70 }, (_, index) => digestOf(Buffer.from(String(index))))
  const api = `referrers/${imageA.digest}`
  const list = async () => {
    const result = await listReferrers(repository, imageA.digest)
    return result.ok ? result.value : result.error.code
  }

  it('come from the API page by page, and from the fallback tag besides', async () => {
    registry.answer(api, (request, response) => {
      const second = request.url?.includes('last=') === true
      const link = `</v2/demo/hello/${api}?last=1>; rel="next"`
      response.writeHead(200, second ? {} : { link }).end(indexOf(second ? digests.slice(1, 2) : digests.slice(0, 1)))
    })
    registry.answer(`manifests/sha256-${digestHex(imageA.digest)}`, indexOf(digests.slice(1, 3)))
    expect(await list()).toEqual({ digests: digests.slice(0, 3), truncated: false })
  })

  it('are empty if neither exists', async () => {
    expect(await list()).toEqual({ digests: [], truncated: false })
  })

  it('are unknown, not empty, when the registry has trouble with either', async () => {
    registry.answer(api, (_, response) => response.writeHead(500).end())
    expect(await list()).toBe('registry.refused')
    registry.answer(api, indexOf([]))
    registry.answer(`manifests/sha256-${digestHex(imageA.digest)}`, (_, response) => response.writeHead(500).end())
    expect(await list()).toBe('registry.refused')
  })

  it('are cut off at a bound, and say so', async () => {
    registry.answer(api, indexOf(digests))
    expect(await list()).toEqual({ digests: digests.slice(0, 64), truncated: true })
    registry.answer(api, (_, response) =>
      response.writeHead(200, { link: `</v2/demo/hello/${api}?again>; rel="next"` }).end(indexOf([])),
    )
    expect(await list()).toEqual({ digests: [], truncated: true })
  })

  it('are not requested from another address', async () => {
    registry.answer(api, (_, response) =>
      response.writeHead(200, { link: '<http://elsewhere.example/v2/x>; rel="next"' }).end(indexOf([])),
    )
    expect(await list()).toBe('registry.invalid')
  })
})

describe('bundles', () => {
  const read = async () => {
    const result = await readBundles(repository, imageA.digest)
    if (!result.ok) return result.error.code
    const { bundles, rejected } = result.value
    return { bundles: bundles.map((each) => each.json), rejected: rejected.map((each) => each.digest) }
  }

  it('are found whatever the index says about their type, each once', async () => {
    registry.attach(imageA.digest, [bundle('engineer'), bundle('other-predicate'), bundle('engineer')])
    expect(await read()).toEqual({ bundles: [bundle('engineer'), bundle('other-predicate')], rejected: [] })
  })

  it('of other bytes are reported and hide no other', async () => {
    registry.attach(imageA.digest, [bundle('engineer'), bundle('intern')])
    const bad = digestOf(Buffer.from(bundle('engineer')))
    registry.answer(`blobs/${bad}`, Buffer.from('other bytes'))
    expect(await read()).toEqual({ bundles: [bundle('intern')], rejected: [bad] })
  })

  it('that are unreadable now make the whole list unknown', async () => {
    registry.attach(imageA.digest, [bundle('engineer')])
    registry.answer(`blobs/${digestOf(Buffer.from(bundle('engineer')))}`, (_, response) =>
      response.writeHead(503).end(),
    )
    expect(await read()).toBe('registry.refused')
  })

  it('that were deleted, and referrers of another kind, are skipped', async () => {
    const image = registry.manifest(imageB.manifest)
    const gone: Digest = imageA.id
    registry.answer(`referrers/${imageA.digest}`, indexOf([gone, image]))
    expect(await read()).toEqual({ bundles: [], rejected: [] })
  })
})
