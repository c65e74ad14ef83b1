import type { IncomingMessage, ServerResponse } from 'node:http'
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
  const tag = `manifests/sha256-${digestHex(imageA.digest)}`
  const list = async () => {
    const result = await listReferrers(repository, imageA.digest)
    if (!result.ok) return result.error.code
    const { digests, unread } = result.value
    return { digests, ...(unread !== undefined && { unread: unread.code }) }
  }
  const paged = (link: string) => (request: IncomingMessage, response: ServerResponse) => {
    const second = request.url?.includes('last=') === true
    response.writeHead(200, second ? {} : { link }).end(indexOf(second ? digests.slice(1, 2) : digests.slice(0, 1)))
  }

  it('come from the API page by page, and from the fallback tag besides', async () => {
    registry.answer(api, paged(`</v2/demo/hello/${api}?last=1>; rel="next"`))
    registry.answer(tag, indexOf(digests.slice(1, 3)))
    expect(await list()).toEqual({ digests: digests.slice(0, 3) })
  })

  it.each([
    `<?last=1>; title="x"; rel="next"`,
    `</v2/demo/hello/${api}?last=1>; REL="NEXT"`,
    `<https://another.name/v2/demo/hello/${api.replace(':', '%3A')}?last=1>; rel=next`,
    `<?first=1>; rel=prev, <?last=1>; nopush; rel="last next"`,
  ])('come from the next page that %s names', async (link) => {
    registry.answer(api, paged(link))
    expect(await list()).toEqual({ digests: digests.slice(0, 2) })
  })

  it.each([
    '<?last=1; rel="next"',
    'garbage',
    '<http://elsewhere.example/v2/x>; rel="next"',
    '<?last=1>; rel=next, <?last=2>; rel=next',
  ])('may be more when the next page is %s', async (link) => {
    registry.answer(api, paged(link))
    expect(await list()).toEqual({ digests: digests.slice(0, 1), unread: 'registry.invalid' })
    expect(registry.requests.filter((path) => path.includes('last='))).toEqual([])
  })

  it('may be more when a later page has trouble', async () => {
    const first = paged('<?last=1>; rel=next')
    registry.answer(api, (request, response) =>
      request.url?.includes('last=') === true ? response.writeHead(503).end() : first(request, response),
    )
    expect(await list()).toEqual({ digests: digests.slice(0, 1), unread: 'registry.refused' })
  })

  it('are empty if neither exists', async () => {
    expect(await list()).toEqual({ digests: [] })
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['400', (response) => response.writeHead(400).end(), 'registry.refused'],
    ['403', (response) => response.writeHead(403).end(), 'registry.refused'],
    ['405', (response) => response.writeHead(405).end(), 'registry.refused'],
    ['406', (response) => response.writeHead(406).end(), 'registry.refused'],
    ['500', (response) => response.writeHead(500).end(), 'registry.refused'],
    ['303 to a page', (response) => response.writeHead(303, { location: '/login' }).end(), 'registry.invalid'],
    ['a page', (response) => response.writeHead(200).end('<html>'), 'registry.invalid'],
    ['{}', (response) => response.writeHead(200).end('{}'), 'registry.invalid'],
    ['a broken connection', (response) => response.destroy(), 'registry.unreachable'],
    ['too much', (response) => endless(response.req, response), 'registry.unusable'],
  ])('come from one list while the other answers %s, and may be more', async (_, trouble, unread) => {
    registry.page('/login', '<html>')
    registry.answer(api, (_, response) => trouble(response))
    expect(await list()).toEqual({ digests: [], unread })
    registry.answer(tag, indexOf(digests.slice(0, 1)))
    expect(await list()).toEqual({ digests: digests.slice(0, 1), unread })
    registry.answer(tag, (_, response) => trouble(response))
    expect(await list()).toBe(unread)
    registry.answer(api, indexOf(digests.slice(0, 1)))
    expect(await list()).toEqual({ digests: digests.slice(0, 1), unread })
  })

  it('are none in an image under the fallback tag, which is no list', async () => {
    registry.answer(tag, imageB.manifest)
    expect(await list()).toEqual({ digests: [] })
  })

  it('are cut off at a bound, and say so', async () => {
    registry.answer(api, indexOf(digests))
    expect(await list()).toEqual({ digests: digests.slice(0, 64), unread: 'registry.unusable' })
    registry.answer(api, (_, response) =>
      response.writeHead(200, { link: `</v2/demo/hello/${api}?again>; rel="next"` }).end(indexOf([])),
    )
    expect(await list()).toEqual({ digests: [], unread: 'registry.unusable' })
  })

  const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digests[0], size: 1 }
  const index = (...manifests: unknown[]): Buffer =>
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: null, manifests, config: null }))

  it.each([
    ['platform null', { ...entry, platform: null }],
    ['a platform without os', { ...entry, platform: { architecture: 'arm64' } }],
    ['a platform of another form', { ...entry, platform: 'linux' }],
    ['fields that are null', { ...entry, annotations: null, artifactType: null, data: null }],
  ])('count with %s', async (_, odd) => {
    registry.answer(api, index(odd))
    expect(await list()).toEqual({ digests: digests.slice(0, 1) })
  })

  it.each([
    ['a sha512 digest', { ...entry, digest: `sha512:${'a'.repeat(128)}` }],
    ['no digest', { ...entry, digest: undefined }],
    ['a size that is a text', { ...entry, size: '1' }],
    ['null', null],
  ])('are skipped with %s, which hides no other', async (_, odd) => {
    registry.answer(api, index(odd, entry))
    expect(await list()).toEqual({ digests: digests.slice(0, 1), unread: 'registry.invalid' })
    registry.answer(api, indexOf([]))
    registry.answer(tag, index(odd, entry))
    expect(await list()).toEqual({ digests: digests.slice(0, 1), unread: 'registry.invalid' })
  })

  it('are none in a list that is null', async () => {
    registry.answer(api, Buffer.from('{"schemaVersion":2,"manifests":null}'))
    expect(await list()).toEqual({ digests: [] })
  })
})

describe('bundles', () => {
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const read = async () => {
    const result = await readBundles(repository, imageA.digest)
    if (!result.ok) return result.error.code
    const { bundles, rejected, unread } = result.value
    return {
      bundles: bundles.map((each) => each.json),
      rejected: rejected.map((each) => each.digest),
      ...(unread !== undefined && { unread: unread.code }),
    }
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

  it('that are unreadable now hide no other, and say that there may be more', async () => {
    registry.attach(imageA.digest, [bundle('engineer'), bundle('intern')])
    registry.answer(`blobs/${digestOf(Buffer.from(bundle('engineer')))}`, (_, response) =>
      response.writeHead(503).end(),
    )
    expect(await read()).toEqual({ bundles: [bundle('intern')], rejected: [], unread: 'registry.refused' })
  })

  it('are no longer read after some failures, nor at the deadline', async () => {
    const bundles = Array.from({ length: 30 }, (_, at) => `{"${at}":0}`)
    registry.attach(imageA.digest, bundles)
    for (const each of bundles) {
      registry.answer(`blobs/${digestOf(Buffer.from(each))}`, (_, response) => response.writeHead(429).end())
    }
    expect(await read()).toEqual({ bundles: [], rejected: [], unread: 'registry.too-many-requests' })
    expect(registry.requests.filter((path) => path.includes('/blobs/'))).toHaveLength(4)
  })

  it('beside a layer that cannot be used, or more than are read in one referrer, say that there may be more', async () => {
    const layer = (json: string) => ({ mediaType: type, digest: registry.blob(Buffer.from(json)), size: 1 })
    const manifest = (layers: unknown): Buffer =>
      Buffer.from(
        JSON.stringify({ schemaVersion: 2, artifactType: null, config: layer('{}'), layers, manifests: null }),
      )
    const attach = (layers: unknown): void =>
      registry.answer(`referrers/${imageA.digest}`, indexOf([registry.manifest(manifest(layers))]))
    attach([{ ...layer('{}'), digest: `sha512:${'a'.repeat(128)}` }, layer(bundle('engineer'))])
    expect(await read()).toEqual({ bundles: [bundle('engineer')], rejected: [], unread: 'registry.invalid' })
    attach(['1', '2', '3', '4', '5'].map(layer))
    expect(await read()).toEqual({ bundles: ['1', '2', '3', '4'], rejected: [], unread: 'registry.unusable' })
    attach(null)
    expect(await read()).toEqual({ bundles: [], rejected: [] })
  })

  it('that are redirected to another http host come with a remedy that deletes nothing', async () => {
    registry.attach(imageA.digest, [bundle('engineer')])
    registry.answer(`blobs/${digestOf(Buffer.from(bundle('engineer')))}`, (_, response) =>
      response.writeHead(307, { location: 'http://storage.example/' }).end(),
    )
    const result = await readBundles(repository, imageA.digest)
    expect(result.ok && [result.value.unread?.found, result.value.unread?.remedy]).toEqual([
      'a redirect to http://storage.example',
      `Have those who run ${registry.host} serve its content themselves, or redirect to https.`,
    ])
  })

  it('that were deleted, and referrers of another kind, are skipped', async () => {
    const image = registry.manifest(imageB.manifest)
    const gone: Digest = imageA.id
    registry.answer(`referrers/${imageA.digest}`, indexOf([gone, image]))
    expect(await read()).toEqual({ bundles: [], rejected: [] })
  })
})
