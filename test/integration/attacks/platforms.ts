import { describe, expect, it } from 'vitest'
import { pullImage } from '../../../src/core/containers/images/pull-image.ts'
import { pushImage } from '../../../src/core/containers/images/push-image.ts'
import { type Digest, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { ociIndex } from '../harness/registry-writes.ts'
import type { AttackStage, Pushed } from './stage.ts'

const otherArchitecture = process.arch === 's390x' ? 'amd64' : 's390x'

/**
 * What can be signed of an image of two platforms; the engine knows it by its index or by the manifest for this
 * machine.
 */
export interface TwoPlatforms {
  readonly index: Pushed
  readonly manifest: Pushed
  readonly other: Pushed
}

/** An image of two platforms may be signed as a whole or as what runs here, and be run by either digest. */
export function platformCases(stage: () => AttackStage): void {
  describe.concurrent('an image of two platforms', () => {
    it.each([
      ['signed as a whole is attested by the digest of its index', 'index', 'index'],
      ['signed in its manifest for this machine is attested by the digest of its index', 'manifest', 'index'],
      ['signed in its manifest for this machine is attested by that digest', 'manifest', 'manifest'],
    ] as const)('%s', async (_, signed, run) => {
      const image = await twoPlatforms(stage(), run)
      await stage().sign(image[signed])
      const { record } = await stage().expectAttested(image[run].reference)
      expect(record.selectors).toContain(`image-digest:${image[signed].digest}`)
    })

    // With the containerd image store, Docker still lists the index there, which that repository does not have.
    it('pushed to another repository, which gets only what runs here, is attested by the digest that was pushed', async () => {
      const { index } = await twoPlatforms(stage(), 'index')
      const engine = running(stage().session.resources, 'engine')
      const repository = `${stage().registry}/demo/copied-${index.digest.slice(-8)}`
      await engine.docker.getImage(index.reference).tag({ repo: repository, tag: '1' })
      const pushed = await pushImage(engine, { repository, tag: '1' })
      if (!pushed.ok) throw new Error(JSON.stringify(pushed.error))
      const { digest } = pushed.value
      await stage().sign({ ...index, reference: `${repository}@${digest}` })
      const outcome = await stage().ask(`${repository}:1`)
      stage().expectSelectors(outcome)
      expect(outcome.record.selectors).toEqual(
        expect.arrayContaining([`repository:${repository}`, `image-digest:${digest}`, 'launch:as-built']),
      )
    })

    // Nothing in a manifest says which index lists it.
    it('signed as a whole is refused where only its manifest is known, and attested once that is signed', async () => {
      const { index, manifest } = await twoPlatforms(stage(), 'manifest')
      await stage().sign(index)
      const outcome = await stage().ask(manifest.reference)
      await stage().expectRefused(outcome, 'signature', {
        found: /^no signature$/,
        expected: new RegExp(manifest.digest),
      })
      await stage().sign(manifest)
      await stage().expectAttested(manifest.reference)
    })

    it('is refused when only the manifest for another machine is signed, and attested once its index is', async () => {
      const { index, other } = await twoPlatforms(stage(), 'index')
      await stage().sign(other)
      const outcome = await stage().ask(index.reference)
      await stage().expectRefused(outcome, 'signature', { found: /^no signature$/ })
      await stage().sign(index)
      await stage().expectAttested(index.reference)
    })
  })
}

/** Pushes a new image, the same for another platform, and the index of both. The engine knows one of its names. */
export async function twoPlatforms(stage: AttackStage, knownAs: 'index' | 'manifest'): Promise<TwoPlatforms> {
  const manifest = await stage.pushNew()
  const writes = stage.writes()
  const own = await writes.read(`manifests/${manifest.digest}`)
  const config = await writes.read(`blobs/${own.body.config.digest}`)
  const text = JSON.stringify({ ...config.body, architecture: otherArchitecture })
  const otherConfig = { ...own.body.config, digest: await writes.blob(text), size: Buffer.byteLength(text) }

  const push = async (type: string, body: unknown): Promise<Pushed & { size: number }> => {
    const bytes = Buffer.from(JSON.stringify(body))
    const digest = await writes.manifest(digestOf(bytes), type, body)
    return { ...manifest, digest, reference: `${manifest.reference.split('@')[0]}@${digest}`, size: bytes.length }
  }
  const other = await push(own.type, { ...own.body, config: otherConfig })
  const listed = (digest: Digest, size: number, architecture: string) => ({
    mediaType: own.type,
    digest,
    size,
    platform: { os: 'linux', architecture },
  })
  const manifests = [
    listed(other.digest, other.size, otherArchitecture),
    listed(manifest.digest, own.size, config.body.architecture),
  ]
  const index = await push(ociIndex, { schemaVersion: 2, mediaType: ociIndex, manifests })

  const image = { index, manifest, other }
  const engine = running(stage.session.resources, 'engine')
  await engine.docker.getImage(manifest.id).remove({ force: true })
  const pulled = await pullImage(engine, image[knownAs].reference)
  if (!pulled.ok) throw new Error(JSON.stringify(pulled.error))
  return image
}
