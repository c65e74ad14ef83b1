import { clusterCgroup } from './traces.ts'

/** The name of the cluster's only node. */
export const nodeName = 'node'

/** Who uses the API, each with a token of this cluster. */
export const clients = {
  admin: { user: 'admin', groups: 'system:masters' },
  controllers: { user: 'system:kube-controller-manager', groups: 'system:masters' },
  kubelet: { user: `system:node:${nodeName}`, groups: 'system:nodes' },
} as const
export type ClientName = keyof typeof clients

/** The API server's file of tokens. */
export const tokenFile = (tokens: Readonly<Record<ClientName, string>>): string =>
  Object.entries(clients)
    .map(([name, { user, groups }]) => `${tokens[name as ClientName]},${user},${name},"${groups}"\n`)
    .join('')

/** How a program of the cluster reaches the API server. JSON is YAML. */
export const kubeconfig = (server: string, caFile: string, token: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  })

/**
 * containerd's configuration, version 2, which 1.6 and 2.x read. All its files lie in folders of ours; an image that a
 * container needs comes from `localhost`, which it reads over plain HTTP.
 */
export const containerdConfiguration = (at: {
  readonly folder: string
  readonly state: string
  readonly socket: string
  readonly sandboxImage: string
}): string => `version = 2
root = "${at.folder}/root"
state = "${at.state}"

[grpc]
  address = "${at.socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${at.folder}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${at.sandboxImage}"
  # runc may not lower it where root lacks CAP_SYS_RESOURCE, as in a container.
  restrict_oom_score_adj = true
  disable_tcp_service = true

  # Without a network: every pod uses the host's.
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${at.folder}/cni/bin"
    conf_dir = "${at.folder}/cni/net.d"
`

/** The kubelet's configuration file. */
export const kubeletConfiguration = (at: {
  readonly socket: string
  readonly logs: string
  readonly plugins: string
  readonly staticPods: string
  readonly port: number
  readonly healthzPort: number
}): string =>
  JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '127.0.0.1',
    port: at.port,
    healthzBindAddress: '127.0.0.1',
    healthzPort: at.healthzPort,
    // As on a real node: the agent's service account has to be allowed to read the node's pods.
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true, cacheTTL: '1s' } },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: clusterCgroup,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    containerRuntimeEndpoint: `unix://${at.socket}`,
    podLogsDir: at.logs,
    staticPodPath: at.staticPods,
    volumePluginDir: at.plugins,
    evictionHard: {},
    failCgroupV1: false,
    failSwapOn: false,
    fileCheckFrequency: '1s',
    localStorageCapacityIsolation: false,
    makeIPTablesUtilChains: false,
    maxPods: 120,
    resolvConf: '',
    syncFrequency: '10s',
  })
