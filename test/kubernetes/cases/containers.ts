import { describe, expect, it } from 'vitest'
import { ociIndex, RegistryWrites } from '../../integration/harness/registry-writes.ts'
import { gateOf } from '../../integration/harness/workloads.ts'
import { pathOf } from '../cluster/api.ts'
import { processesOf } from '../processes.ts'
import { type ClusterStory, denied, svid } from './story.ts'

/** Each process has the facts of its own container, whatever kind of container it is. */
export function containerCases(story: () => ClusterStory): void {
  describe('each container has the facts of its own image', () => {
    it('as an init container', async () => {
      const { pods, images } = story()
      const init = (image: string) => ({
        initContainers: [{ name: 'first', image }],
        containers: [{ name: 'app', image: images.signed.reference }],
      })
      await pods.run('unsigned-init', init(images.unsigned.reference))
      await pods.run('signed-init', init(images.signed.reference))
      expect(await pods.answer('unsigned-init', 'first')).toMatchObject(denied)
      expect(await pods.answer('signed-init', 'first')).toMatchObject(svid('signed'))
    })

    it('as a sidecar, beside an application', async () => {
      const { pods, images } = story()
      const [signed, unsigned] = [images.signed.reference, images.unsigned.reference]
      const sidecar = (image: string, app: string) => ({
        initContainers: [{ name: 'proxy', image, restartPolicy: 'Always' }],
        containers: [{ name: 'app', image: app }],
      })
      await pods.run('signed-sidecar', sidecar(signed, unsigned))
      expect(await pods.answer('signed-sidecar', 'proxy')).toMatchObject(svid('signed'))
      expect(await pods.answer('signed-sidecar', 'app')).toMatchObject(denied)
      await pods.run('unsigned-sidecar', sidecar(unsigned, signed))
      expect(await pods.answer('unsigned-sidecar', 'app')).toMatchObject(svid('signed'))
      for (const answer of await pods.answers('unsigned-sidecar', 'proxy')) expect(answer).toMatchObject(denied)
    })

    it('as an ephemeral container, also in the process namespace of the one that it debugs', async () => {
      const { pods, images, stage } = story()
      await pods.run('debugged', { containers: [{ name: 'app', image: images.signed.reference }] })
      expect(await pods.answer('debugged', 'app')).toMatchObject(svid('signed'))
      // SPIRE's own attestor looks for an ephemeral container for half a minute, in vain; the agent waits for it.
      const args = ['-timeout=80s']
      const debug = ['unsigned', 'signed'] as const
      const containers = debug.map((name) => ({ name, image: images[name].reference, args }))
      const pod = await pods.pod('debugged')
      await stage.cluster.api.request(
        'PATCH',
        `${pathOf({ ...pod, apiVersion: 'v1', kind: 'Pod' })}/ephemeralcontainers`,
        {
          spec: {
            ephemeralContainers: pods
              .manifest('debugged', { containers })
              .spec.containers.map((each) => ({ ...each, targetContainerName: 'app' })),
          },
        },
        'application/strategic-merge-patch+json',
      )
      expect(await pods.answer('debugged', 'unsigned')).toMatchObject(denied)
      expect(await pods.answer('debugged', 'signed')).toMatchObject(svid('signed'))
      // They and the application can take over each other's processes.
      expect((await pods.decision('debugged', 'signed')).selectors).not.toContain('launch:as-built')
    })

    it('in a pod whose containers share their processes', async () => {
      const { pods, images } = story()
      await pods.run('shared', {
        shareProcessNamespace: true,
        containers: [
          { name: 'signed', image: images.signed.reference },
          { name: 'unsigned', image: images.unsigned.reference },
        ],
      })
      expect(await pods.answer('shared', 'signed')).toMatchObject(svid('signed'))
      expect(await pods.answer('shared', 'unsigned')).toMatchObject(denied)
      // The other container can take over its process.
      const { selectors } = await pods.decision('shared', 'signed')
      expect(selectors).not.toContain('launch:as-built')
    })

    it('after a restart, which makes another container', async () => {
      const { pods, images } = story()
      await pods.run('restarted', {
        restartPolicy: 'Always',
        containers: [
          { name: 'signed', image: images.signed.reference },
          { name: 'unsigned', image: images.unsigned.reference },
        ],
      })
      expect(await pods.answers('restarted', 'signed')).toMatchObject([svid('signed')])
      const before = await pods.containerId('restarted', 'signed')
      for (const pid of processesOf(before)) process.kill(pid, 'SIGKILL')
      expect(await pods.answers('restarted', 'signed', 2)).toMatchObject([svid('signed'), svid('signed')])
      expect(await pods.containerId('restarted', 'signed')).not.toBe(before)
      // Without an identity it exits, and is started again.
      for (const answer of await pods.answers('restarted', 'unsigned', 2)) expect(answer).toMatchObject(denied)
    })

    it('in a static pod, which the kubelet runs without the API server', async () => {
      const { pods, images } = story()
      const name = pods.runStatic('static', {
        containers: [
          { name: 'signed', image: images.signed.reference },
          { name: 'unsigned', image: images.unsigned.reference },
        ],
      })
      expect(await pods.answer(name, 'signed')).toMatchObject(svid('signed'))
      expect(await pods.answer(name, 'unsigned')).toMatchObject(denied)
    })

    it('by a tag, and by the digest of an index', async () => {
      const { pods, images, stage } = story()
      const { repository, tag, digest } = await stage.workload('two-platforms')
      const registry = new RegistryWrites(stage.sigstore.registry, 'demo/two-platforms')
      const { type, size } = await registry.read(`manifests/${digest}`)
      const platforms = { schemaVersion: 2, mediaType: ociIndex }
      const index = await registry.manifest('all', ociIndex, {
        ...platforms,
        manifests: [{ mediaType: type, digest, size, platform: { os: 'linux', architecture: architecture() } }],
      })
      await pods.run('tagged', {
        containers: [{ name: 'app', image: `${images.signed.repository}:${images.signed.tag}` }],
      })
      expect(await pods.answer('tagged', 'app')).toMatchObject(svid('signed'))
      await pods.run('index-unsigned', { containers: [{ name: 'app', image: `${repository}@${index}` }] })
      expect(await pods.answer('index-unsigned', 'app')).toMatchObject(denied)
      await stage.sign(`${repository}@${index}`)
      await pods.run('index', { containers: [{ name: 'app', image: `${repository}@${index}` }] })
      expect(await pods.answer('index', 'app')).toMatchObject(svid('signed'))
      await stage.sign(`${repository}@${digest}`)
      await pods.run('manifest', { containers: [{ name: 'app', image: `${repository}:${tag}` }] })
      expect(await pods.answer('manifest', 'app')).toMatchObject(svid('signed'))
    })

    it('launched as built only without a change', async () => {
      const { pods, images } = story()
      const image = images.signed.reference
      await pods.run('launched', {
        containers: [
          { name: 'as-built', image },
          { name: 'changed', image, args: ['-timeout=9s'] },
        ],
      })
      expect(await pods.answer('launched', 'as-built')).toMatchObject(svid('signed'))
      expect(await pods.answer('launched', 'changed')).toMatchObject(svid('signed'))
      expect(gateOf(await pods.decision('launched', 'as-built'), 'launch')).toMatchObject({ verdict: 'passed' })
      expect((await pods.decision('launched', 'as-built')).selectors).toContain('launch:as-built')
      expect((await pods.decision('launched', 'changed')).selectors).not.toContain('launch:as-built')
    })
  })
}

/** The name that images use for this machine's processor. */
const architecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch)
