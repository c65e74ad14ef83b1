import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchAgent, startClusterAgents } from '../../../src/cli/bench/bench-agents.ts'
import { benchImage } from '../../../src/cli/bench/bench-image.ts'
import { fetcherProgram } from '../../../src/cli/bench/fetcher-program.ts'
import { type Fetcher, Fetchers } from '../../../src/cli/bench/fetchers.ts'
import { idleImage } from '../../../src/core/containers/images/demo-image.ts'
import { root } from '../../integration/harness/session.ts'
import type { KubeObject, Pod } from '../cluster/api.ts'
import { nodeName } from '../cluster/configuration.ts'
import { manifest, objectsOf } from '../manifests.ts'
import type { Stage } from '../stage.ts'

const namespace = 'default'
/** The node is full when no pod more became ready for so long. */
const patience = 90_000

type Agents = Record<'sigstore' | 'k8s', BenchAgent>

/** A node with two agents, each with one attestor, and a pod that fetches identities from both. */
export class BenchNode {
  readonly agents: Agents
  readonly fetcher: Fetcher
  readonly #stage: Stage
  readonly #fetchers: Fetchers

  private constructor(stage: Stage, fetchers: Fetchers, agents: Agents, fetcher: Fetcher) {
    this.#stage = stage
    this.#fetchers = fetchers
    this.agents = agents
    this.fetcher = fetcher
  }

  static async start(stage: Stage, scratch: string): Promise<BenchNode> {
    const { signal } = new AbortController()
    const { session, cluster } = stage
    const program = await fetcherProgram(signal, join(root, 'test', 'bench', 'fetcher'))
    const image = await benchImage(session, program, scratch, signal)
    const fetchers = await Fetchers.open()
    try {
      const agents = await startClusterAgents(
        session,
        image,
        {
          socket: cluster.socket,
          benchFolder: fetchers.mount.source,
          pods: { namespace, serviceAccount: 'default' },
          tokenFile: await tokenOfAgent(stage, scratch),
        },
        signal,
      )
      const mounts = [agents.sigstore.mount, agents.k8s.mount, fetchers.mount]
      const fetcher = await fetchers.connect('fetcher', async () => {
        await cluster.api.apply(pod('fetcher', image.reference, mounts))
        await untilRunning(stage, 'fetcher')
        // One that ends later closes its connection.
        return { id: 'fetcher', ended: new Promise<never>(() => undefined) }
      })
      return new BenchNode(stage, fetchers, agents, fetcher)
    } catch (error) {
      await fetchers.close()
      throw error
    }
  }

  /** Adds pods that only wait, until so many run on the node or it takes no more; returns how many run. */
  async crowd(count: number): Promise<number> {
    const { cluster, push, session } = this.#stage
    const { reference } = await push('idle', idleImage(session.resources.tools.workload))
    const names = Array.from({ length: count - 1 }, (_, index) => `idle-${index}`)
    await Promise.all(names.map((name) => cluster.api.apply(pod(name, reference, []))))
    let [running, since] = [0, Date.now()]
    await cluster.api.until(
      async () => {
        const now = await runningPods(this.#stage)
        if (now > running) [running, since] = [now, Date.now()]
        return running >= count || Date.now() - since > patience
      },
      'the pods run',
      3_600_000,
    )
    return running
  }

  close(): Promise<void> {
    return this.#fetchers.close()
  }
}

/** A token of the service account that deploy/kubernetes allows to read the node's pods from the kubelet. */
async function tokenOfAgent({ cluster: { api } }: Stage, folder: string): Promise<string> {
  for (const object of objectsOf(manifest('rbac.yaml'))) await api.apply(object)
  const { status } = await api.request<{ status: { token: string } }>(
    'POST',
    '/api/v1/namespaces/spire/serviceaccounts/spire-agent/token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7_200 } },
  )
  const file = join(folder, 'token')
  writeFileSync(file, status.token, { mode: 0o600 })
  return file
}

/** Waits until a pod runs. Throws when its program has ended. */
async function untilRunning({ cluster: { api } }: Stage, name: string): Promise<void> {
  const { status } = await api.until(
    async () => {
      const now = await api.get<Pod>(`/api/v1/namespaces/${namespace}/pods/${name}`)
      return now.status.phase === 'Pending' ? undefined : now
    },
    `${name} runs`,
    300_000,
  )
  if (status.phase !== 'Running') throw new Error(`${name} ended: ${JSON.stringify(status)}`)
}

async function runningPods({ cluster }: Stage): Promise<number> {
  const { items } = await cluster.api.get<{ items: readonly Pod[] }>(`/api/v1/namespaces/${namespace}/pods`)
  return items.filter(({ status }) => status.phase === 'Running').length
}

/** A pod of the host's network with one container. */
const pod = (
  name: string,
  image: string,
  mounts: readonly { readonly source: string; readonly target: string }[],
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    nodeName,
    hostNetwork: true,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    volumes: mounts.map(({ source }, index) => ({ name: `v${index}`, hostPath: { path: source } })),
    containers: [
      {
        name: 'app',
        image,
        volumeMounts: mounts.map(({ target }, index) => ({ name: `v${index}`, mountPath: target, readOnly: true })),
      },
    ],
  },
})
