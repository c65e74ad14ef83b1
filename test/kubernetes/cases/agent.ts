import { expect, it } from 'vitest'
import { untilReady } from '../agent.ts'
import { commandOf, processesOf } from '../processes.ts'
import { type ClusterStory, denied, svid } from './story.ts'

interface Event {
  readonly message: string
  readonly involvedObject: { readonly name: string }
}

/** Two probes at their time limit, and the end of the container, on a busy machine. */
const twoProbesMs = 120_000

/** What happens to identities when the agent's parts, or those that it asks, fail. */
export function agentCases(story: () => ClusterStory): void {
  it('gives no selectors of a kubelet that does not answer, and no identity that needs them', async () => {
    const { pods, images, stage } = story()
    const { api, kubelet } = stage.cluster
    await api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'payments', namespace: 'default' } })
    await pods.run('slow', {
      serviceAccountName: 'payments',
      containers: [{ name: 'app', image: images.byIntern.reference }],
    })
    expect(await pods.answer('slow', 'app')).toMatchObject(svid('payments'))
    process.kill(kubelet.pid, 'SIGSTOP')
    try {
      // SPIRE's attestor keeps the kubelet's last answer for a moment.
      const refused = async () => (await pods.askAgain('slow', 'app')).outcome === 'refused'
      await api.until(refused, 'an identity needs what the kubelet does not say', 120_000)
    } finally {
      process.kill(kubelet.pid, 'SIGCONT')
    }
    expect(await pods.askAgain('slow', 'app')).toMatchObject(svid('payments'))
  })

  it('is restarted by its liveness probe when the plugin was killed, and gives identities again', async () => {
    const { pods, images, stage, agent } = story()
    const { api } = stage.cluster
    const pod = await agent.pod()
    const [status] = pod.status.containerStatuses ?? []
    const plugins = processesOf(status!.containerID!.replace(/^.*:\/\//, '')).filter(
      (pid) => commandOf(pid)[0] === '/opt/spire/bin/sigstore-attestor' && commandOf(pid)[1] === '',
    )
    expect(plugins).toHaveLength(1)
    process.kill(plugins[0]!, 'SIGKILL')
    await api.until(
      async () => {
        const events = await api.get<{ items: readonly Event[] }>(
          '/api/v1/namespaces/spire/events?fieldSelector=reason=Unhealthy',
        )
        const about = events.items.filter(({ involvedObject }) => involvedObject.name === pod.metadata.name)
        return about.some(({ message }) => /^Liveness probe failed.*No plugin answers\./s.test(message))
      },
      'the liveness probe has failed because no plugin answers',
      twoProbesMs,
    )
    await api.until(
      async () => (await agent.pod()).status.containerStatuses?.[0]?.restartCount === status!.restartCount + 1,
      'the container is restarted',
      twoProbesMs,
    )
    await untilReady(stage, agent.pod)
    await pods.run('after', {
      containers: [
        { name: 'signed', image: images.signed.reference },
        { name: 'unsigned', image: images.unsigned.reference },
      ],
    })
    expect(await pods.answer('after', 'signed')).toMatchObject(svid('signed'))
    expect(await pods.answer('after', 'unsigned')).toMatchObject(denied)
  })
}
