import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readClaims, readDecisions } from '../../src/core/attestor/records/records.ts'
import type { DecisionRecord } from '../../src/core/domain/gate.ts'
import type { KubeObject, Pod } from './cluster/api.ts'
import { nodeName } from './cluster/configuration.ts'
import { filled, manifest, objectsOf, withFolders } from './manifests.ts'
import type { ClusterServer } from './spire.ts'
import { agentContext, checksum, executable, type Image, type Stage } from './stage.ts'

/** The agent of the node, in the pod that the DaemonSet's controller made. */
export interface NodeAgent {
  readonly image: Image
  /** What its pod is now. */
  readonly pod: () => Promise<Pod>
  /** Of this node: what workloads mount. */
  readonly socketFolder: string
  /** The decisions about a container, oldest first. */
  readonly decisions: (container: string) => Promise<readonly DecisionRecord[]>
}

/** The manifests' example values, each replaced by the test's own. */
function manifests(
  stage: Stage,
  server: ClusterServer,
  own: { image: Image; socketFolder: string },
): readonly KubeObject[] {
  const { sigstore, session } = stage
  const { image, socketFolder } = own
  const example = `registry.example/spire-agent@sha256:${'0'.repeat(64)}`
  const configuration = filled(manifest('configuration.yaml'), {
    'spire-server.spire.svc': '127.0.0.1',
    '"8081"': `"${server.port}"`,
    // Entries of later tests count soon.
    'trust_domain = "example.org" # CHANGE':
      'trust_domain = "example.org"\n      experimental { sync_interval = "250ms" }',
    'log_level = "INFO"': 'log_level = "DEBUG"',
    'CHANGE-plugin-checksum': checksum(executable),
    'CHANGE-cosign-checksum': checksum(session.resources.tools.cosign),
    '"host": "registry.example"': `"host": "${sigstore.registry}", "plainHttp": true`,
    '"mounts": ["/run/spire/agent-sockets"]': `"mounts": ["${socketFolder}"]`,
  })
  return [
    ...objectsOf(manifest('rbac.yaml')),
    ...objectsOf(configuration),
    configMap('sigstore-trusted-root', { 'trusted_root.json': readFileSync(sigstore.trustedRoot, 'utf8') }),
    configMap('spire-bundle', { 'bundle.crt': server.bundle }),
    ...objectsOf(filled(manifest('agent.yaml'), { [example]: image.reference })),
  ]
}

export const configMap = (name: string, data: Readonly<Record<string, string>>, namespace = 'spire'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})

/** Applies deploy/kubernetes to the cluster, and waits until the agent's pod is ready on its node. */
export async function deployAgent(stage: Stage, server: ClusterServer): Promise<NodeAgent> {
  const { cluster } = stage
  const [socketFolder, records] = [join(cluster.folder, 'agent-sockets'), join(cluster.folder, 'records')]
  const image = await stage.push('spire-agent', await agentContext(stage))
  await stage.sign(image.reference)
  for (const object of manifests(stage, server, { image, socketFolder })) {
    await cluster.api.apply(
      object.kind === 'DaemonSet'
        ? withFolders(object, {
            '/run/containerd': cluster.runtimeDir,
            '/var/lib/containerd': cluster.layers,
            '/run/spire/agent-sockets': socketFolder,
            '/var/lib/sigstore-attestor': records,
            '/run/sigstore-attestor': join(cluster.folder, 'temporary'),
          })
        : object,
    )
  }
  const pod = (): Promise<Pod> => podOf(stage, 'spire', 'app=spire-agent')
  await untilReady(stage, pod)
  const folder = join(records, 'decisions')
  return {
    image,
    pod,
    socketFolder,
    decisions: async (container) => {
      const all = [...(await readDecisions(folder, container)), ...(await readClaims(folder, container))]
      return all.toSorted((one, other) => one.at.localeCompare(other.at))
    },
  }
}

/** The only pod with a label. Throws while there is none, or another one as well. */
export async function podOf({ cluster }: Stage, namespace: string, label: string): Promise<Pod> {
  const { items } = await cluster.api.get<{ items: readonly Pod[] }>(
    `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(label)}`,
  )
  const [pod, other] = items
  if (pod === undefined || other !== undefined) throw new Error(`${items.length} pods with ${label}`)
  return pod
}

/** Does what a scheduler does. */
async function bind({ cluster }: Stage, { metadata: { name, namespace } }: Pod): Promise<void> {
  await cluster.api.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
  })
}

/** Gives a pod to the node, also one that takes its place, and waits until all is ready; the error is its status. */
export async function untilReady(stage: Stage, pod: () => Promise<Pod>): Promise<Pod> {
  return stage.cluster.api.until(
    async () => {
      const now = await pod()
      if (now.spec.nodeName === undefined) await bind(stage, now)
      const statuses = now.status.containerStatuses ?? []
      if (statuses.length === 0 || !statuses.every(({ ready }) => ready)) throw new Error(JSON.stringify(now.status))
      return now
    },
    'the pod is ready',
    120_000,
  )
}
