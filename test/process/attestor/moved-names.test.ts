import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { bundle, engineer, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { indexOf } from './fake-registry.ts'
import { loadedPlugin } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage, workloadPid } from './stage.ts'

// Engines forget where an image came from when its name moves to another one, and Docker pushes of an index only what
// it has. The answers of the engines are as Docker 28.5 with the containerd image store and Podman 5.8 gave them.

const host = loadedPlugin()
let stage: Stage
beforeEach(async () => {
  stage = await new Stage().start()
  stage.registry.manifest(imageA.manifest)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
  await host().configure(stage.config({ cacheSeconds: 0, launch: { check: false } }))
})
afterEach(() => stage.stop())

const index = indexOf([imageA.digest], { platform: { os: 'linux', architecture: 'amd64' } })
const docker = 'Docker/28.5.2 (linux)'
const podman = 'Libpod/5.8.6 (linux)'

/** What an engine answers about a container and its image. */
interface Engine {
  readonly server: string
  readonly image: Digest
  /** The name by which the container was made. */
  readonly name: string
  /** Docker's descriptor of the platform that runs. */
  readonly manifest?: Digest
  /** The image's list of places. */
  readonly places?: readonly string[]
  /** Podman's own description of the image. */
  readonly podmanImage?: object | undefined
}

async function attest({ server, image, name, manifest, places = [], podmanImage }: Engine) {
  const { engine } = stage
  engine.server = server
  engine.podmanImage = podmanImage
  engine.repoDigests.set(image, places)
  const launched = {
    Config: { ...engine.imageStart, Image: name },
    ...(manifest && { ImageManifestDescriptor: { digest: manifest } }),
  }
  engine.containers.set(containerId, { image, pid: initPid, launched })
  const answer = await host().attest(workloadPid)
  const record = await stage.decision()
  return { answer, record, fell: await stage.fell(), found: record.gates.find(({ id }) => id === 'registry')?.found }
}

const expectSelectors = async (engine: Engine): Promise<void> => {
  const { answer, found } = await attest(engine)
  expect(answer, found).toContain(`${prefix}signer:${engineer.issuer}|${engineer.subject}`)
  expect(answer).toContain(`${prefix}repository:${stage.repository}`)
  expect(answer).toContain(`${prefix}image-digest:${imageA.digest}`)
}

describe('a container whose image lost its name keeps its identity', () => {
  const tag = () => `${stage.repository}:latest`

  it('on Docker with the containerd image store', async () => {
    await expectSelectors({ server: docker, image: imageA.digest, manifest: imageA.digest, name: tag() })
  })

  it('on Docker with the containerd image store, where it is one platform of an index', async () => {
    stage.registry.manifest(index)
    await expectSelectors({ server: docker, image: digestOf(index), manifest: imageA.digest, name: tag() })
  })

  it('on Podman', async () => {
    const podmanImage = { Digest: imageA.digest }
    await expectSelectors({ server: podman, image: imageA.id, name: tag(), podmanImage })
  })

  it('on Podman, where the image has another name besides', async () => {
    const places = [`other.example/x@${imageA.digest}`]
    const podmanImage = { Digest: imageA.digest }
    await expectSelectors({ server: podman, image: imageA.id, name: tag(), podmanImage, places })
  })

  it.each(['Docker/20.10.24 (linux)', docker, podman])('on %s, where it was made by a digest', async (server) => {
    const name = `${stage.repository}@${imageA.digest}`
    await expectSelectors({ server, image: imageA.id, name, podmanImage: {} })
  })
})

describe('a recorded name proves nothing', () => {
  const name = () => `${stage.repository}:latest`

  it.each([
    ['Docker', () => ({ server: docker, image: imageB.digest, manifest: imageB.digest })],
    ['Podman', () => ({ server: podman, image: imageB.id, podmanImage: { Digest: imageB.digest } })],
  ])('another image that was made under it on %s is denied', async (_, engine) => {
    const { answer, fell } = await attest({ ...engine(), name: name() })
    expect([answer, fell]).toEqual([[], 'registry not-present'])
  })

  it('a digest that is not that of the image is denied', async () => {
    const engine = { server: podman, image: imageB.id, podmanImage: { Digest: imageA.digest } }
    const { answer, fell, found } = await attest({ ...engine, name: name() })
    expect([answer, fell]).toEqual([[], 'registry failed'])
    expect(found).toContain(`is the image ${imageA.id}`)
  })

  it('on a registry that is not configured it is not queried', async () => {
    const { answer, record } = await attest({
      server: docker,
      image: imageA.digest,
      manifest: imageA.digest,
      name: 'other.example/demo/hello:1',
    })
    expect([answer, record.skippedRepositories]).toEqual([[], ['other.example/demo/hello']])
  })

  it.each([imageA.digest, imageA.digest.slice(7), imageA.digest.slice(7, 19)])(
    'is none where the container was made by an id: %s',
    async (id) => {
      await host().configure(stage.config({ registries: [{ host: 'docker.io' }], launch: { check: false } }))
      const { answer, fell, found } = await attest({
        server: docker,
        image: imageA.digest,
        manifest: imageA.digest,
        name: id,
      })
      expect([answer, fell, found]).toEqual([[], 'registry not-present', 'the image was never pushed or pulled'])
    },
  )

  it('that Podman cannot complete leaves the result undetermined', async () => {
    const { answer, fell } = await attest({ server: podman, image: imageA.id, name: name(), podmanImage: undefined })
    expect([answer, fell]).toEqual([expect.objectContaining({ code: status.UNAVAILABLE }), 'image could-not-check'])
  })
})

describe('one platform of an index that was pushed alone', () => {
  const engine = (manifest: Digest): Engine => ({
    server: docker,
    image: digestOf(index),
    manifest,
    name: `${stage.repository}:1`,
    // Docker lists the index, which the registry does not have.
    places: [`${stage.repository}@${digestOf(index)}`],
  })

  it('is attested by the digest of its manifest', () => expectSelectors(engine(imageA.digest)))

  it('is denied where the registry has another platform alone', async () => {
    const { answer, fell, found } = await attest(engine(imageB.digest))
    expect([answer, fell]).toEqual([[], 'registry not-present'])
    expect(found).toContain(digestOf(index))
  })

  it('could not be checked where the registry does not answer for it', async () => {
    stage.registry.answer(`manifests/${imageA.digest}`, (_, response) => response.writeHead(500).end())
    const { fell } = await attest(engine(imageA.digest))
    expect(fell).toBe('registry could-not-check')
  })
})

it('a container of a skipped digest is skipped under a name that has moved, too', async () => {
  const more = { skippedImages: [imageA.digest], launch: { check: false } }
  await host().configure(stage.config(more))
  const podmanImage = { Digest: imageA.digest }
  const { record } = await attest({ server: podman, image: imageA.id, name: `${stage.repository}:1`, podmanImage })
  expect(record).toMatchObject({ answer: 'none', signatures: [] })
  expect(record.gates.find(({ id }) => id === 'registry')?.found).toContain('skips')
})
