import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestHex, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { copySignature } from '../../../src/core/registry/copy-signature.ts'
import type { Repository } from '../../../src/core/registry/registry.ts'
import { readBundles } from '../../../src/core/registry/signature-bundles.ts'
import { bundle, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { FakeRegistry } from '../attestor/fake-registry.ts'

let registry: FakeRegistry
let repository: Repository
const signature = bundle('engineer')
const place = '/v2/demo/hello/manifests'
beforeEach(async () => {
  registry = await new FakeRegistry().start()
  repository = { registry: { host: registry.host, plainHttp: true }, path: 'demo/hello' }
  registry.manifest(imageA.manifest)
  registry.manifest(imageB.manifest)
  registry.attach(imageA.digest, [signature])
})
afterEach(() => registry.stop())

const copy = () => copySignature(repository, imageA.digest, imageB.digest)
const bundlesOfB = async () => {
  const found = await readBundles(repository, imageB.digest)
  return found.ok ? found.value.bundles.map(({ json }) => json) : found.error
}

describe('a signature that is copied to another image', () => {
  it('lies beside it, byte for byte, in a referrer with the other image as its subject', async () => {
    const written = registry.takeWrites()
    const copied = await copy()
    if (!copied.ok) throw new Error(JSON.stringify(copied.error))
    const { referrer } = copied.value
    expect(copied.value.bundle).toBe(digestOf(Buffer.from(signature)))
    expect(written.map(({ path }) => path)).toEqual([
      `${place}/${referrer}`,
      `${place}/sha256-${digestHex(imageB.digest)}`,
    ])
    expect(written.map(({ json }) => json)).toEqual(copied.value.written.map(({ json }) => json))
    expect(digestOf(Buffer.from(written[0]?.json ?? ''))).toBe(referrer)
    expect(JSON.parse(written[0]?.json ?? '').subject).toMatchObject({
      digest: imageB.digest,
      size: imageB.manifest.length,
    })
    expect(await bundlesOfB()).toEqual([signature])
  })

  it('is added to what exists already, and only once', async () => {
    registry.attach(imageB.digest, [bundle('intern')])
    registry.takeWrites()
    expect((await copy()).ok).toBe(true)
    expect((await copy()).ok).toBe(true)
    expect(await bundlesOfB()).toEqual([bundle('intern'), signature])
  })

  it('needs no list if the registry keeps one itself', async () => {
    const written = registry.takeWrites({ 'oci-subject': imageB.digest })
    const copied = await copy()
    expect(copied.ok && copied.value.written).toHaveLength(1)
    expect(written).toHaveLength(1)
  })
})

describe('a signature cannot be copied', () => {
  const why = async (): Promise<string> => {
    const copied = await copy()
    return copied.ok ? 'copied' : `${copied.error.code}: ${copied.error.found}`
  }

  it('if there is none', async () => {
    registry.answer(`manifests/sha256-${digestHex(imageA.digest)}`, (_, response) => response.writeHead(404).end())
    expect(await why()).toBe('registry.not-signed: none')
  })

  it('to a registry that refuses it, and the error repeats the registry\u2019s message', async () => {
    registry.answerWrites((response) => response.writeHead(403).end('not yours'))
    expect(await why()).toBe('registry.refused: HTTP 403: not yours')
  })

  it('to a missing image', async () => {
    registry.takeWrites()
    registry.answer(`manifests/${imageB.digest}`, (_, response) => response.writeHead(404).end())
    expect(await why()).toBe('registry.not-found: HTTP 404')
  })

  it('to a registry that hangs up or redirects', async () => {
    registry.answerWrites((response) => response.destroy())
    expect(await why()).toMatch(/^registry\.unreachable: /)
    registry.answerWrites((response) => response.writeHead(307, { location: 'http://evil.example/' }).end())
    expect(await why()).toBe('registry.refused: HTTP 307')
  })

  it('after a cancel', async () => {
    registry.takeWrites()
    repository = { ...repository, signal: AbortSignal.abort() }
    expect(await why()).not.toBe('copied')
  })
})
