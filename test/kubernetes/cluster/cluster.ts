import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runtimeProgram } from '../../../src/cli/test/cluster.ts'
import { unmountBelow } from '../../../src/core/containers/mounts.ts'
import { freePort, portTaken } from '../../../src/core/machine/ports.ts'
import { attempt, serviceGroup } from '../../../src/core/process/services/group.ts'
import { type Service, startService } from '../../../src/core/process/services/service.ts'
import type { KubernetesToolId } from '../../../src/core/tools/tool.ts'
import { KubeApi, type Pod } from './api.ts'
import {
  type ClientName,
  containerdConfiguration,
  kubeconfig,
  kubeletConfiguration,
  nodeName,
} from './configuration.ts'
import { type Start, startApiServer, startControllers, startEtcd } from './control-plane.ts'
import { removePods } from './cri.ts'
import {
  keepKernelSettings,
  makeClusterCgroup,
  removeClusterCgroup,
  removeLogLinks,
  removeShimSockets,
} from './traces.ts'

/** A Kubernetes cluster of one node, without a network of its own: its pods use the host's. */
export interface Cluster {
  readonly api: KubeApi
  /** Everything below it is the cluster's. */
  readonly folder: string
  readonly containerd: Service
  readonly kubelet: Service
  /** Of containerd, which serves the CRI there. */
  readonly socket: string
  /** The folder of that socket. */
  readonly runtimeDir: string
  /** Where containerd has images and containers. */
  readonly layers: string
  /** Reaches the API server as an administrator. */
  readonly kubeconfig: string
  /** Whoever writes a pod there has the kubelet run it. */
  readonly staticPods: string
  /** What a container printed, across its restarts. */
  readonly logs: (pod: Pod, container: string) => string
  /** Ends everything and removes it; returns what could not be. */
  readonly stop: () => Promise<readonly string[]>
}

/** What a cluster needs. Paths are absolute. */
export interface ClusterSpec {
  readonly programs: Readonly<Record<KubernetesToolId, string>>
  readonly folder: string
  /** For the sockets: short, because a socket path holds 107 characters. */
  readonly runtimeDir: string
  /** An image that only waits, for the process that holds a pod's namespaces. */
  readonly sandboxImage: string
}

/** The kubelet's usual port, where SPIRE's `k8s` attestor looks for it. */
const kubeletPort = 10_250

/** Starts etcd, the API server, the controllers, containerd and the kubelet, in this network namespace. */
export async function startCluster(spec: ClusterSpec): Promise<Cluster> {
  const taken = await portTaken(kubeletPort, 'the kubelet')
  if (taken !== undefined) throw new Error(JSON.stringify(taken))
  const { folder, runtimeDir, programs } = spec
  const at = (...names: string[]): string => join(folder, ...names)
  const [logs, staticPods] = [at('pod-logs'), at('static-pods')]
  for (const name of [
    'certs',
    'logs',
    'pids',
    'cni/net.d',
    'cni/bin',
    'volume-plugins',
    'kubelet',
    'static-pods',
    'pod-logs',
  ])
    mkdirSync(at(name), { recursive: true, mode: 0o700 })
  mkdirSync(runtimeDir, { recursive: true, mode: 0o700 })
  const restoreSettings = keepKernelSettings()
  // As on a node with systemd, whose mounts are all shared: a pod may have those of the runtime follow.
  for (const args of [
    ['--bind', runtimeDir, runtimeDir],
    ['--make-shared', runtimeDir],
  ])
    execFileSync('mount', args)
  await makeClusterCgroup()

  const services = serviceGroup()
  const socket = join(runtimeDir, 'containerd.sock')
  const stop = async (): Promise<readonly string[]> => {
    const failures: (string | undefined)[] = []
    const each = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      failures.push(await attempt(name, work))
    }
    // Nothing starts a pod again once the kubelet is gone; containerd is needed to remove them.
    await each('kubelet', async () => kubelet?.stop())
    await each('pods', async () => removeShimSockets(socket, containerd === undefined ? [] : await removePods(socket)))
    failures.push(...(await services.stop()))
    await each('API', async () => api?.close())
    // The kubelet mounts its folder on itself.
    await each('mounts', async () => {
      const stayed = [...(await unmountBelow(folder)), ...(await unmountBelow(runtimeDir))]
      if (stayed.length > 0) throw new Error(`still mounted: ${stayed.join(', ')}`)
      for (const each of [folder, runtimeDir]) rmSync(each, { recursive: true, force: true })
    })
    await each('cgroups', removeClusterCgroup)
    await each('logs', () => removeLogLinks(logs))
    await each('kernel settings', async () => restoreSettings())
    return failures.filter((failure) => failure !== undefined)
  }
  const start: Start = async (service) => {
    const started = await startService({
      ...service,
      logFile: at('logs', `${service.id}.log`),
      pidFolder: at('pids'),
      readyTimeoutMs: 60_000,
    })
    if (!started.ok) throw new Error(JSON.stringify(started.error, undefined, 2))
    return services.add(service.id, started.value)
  }
  let api: KubeApi | undefined
  let [containerd, kubelet]: [Service?, Service?] = []
  try {
    const etcd = await startEtcd(programs.etcd, at('etcd'), start)
    const server = await startApiServer(programs['kube-apiserver'], { etcd, certs: at('certs') }, start)
    api = new KubeApi(server.url, server.tokens.admin, server.caFile)
    const configOf = (name: ClientName): string => {
      const file = at(`${name}.kubeconfig`)
      writeFileSync(file, kubeconfig(server.url, server.caFile, server.tokens[name]), { mode: 0o600 })
      return file
    }
    await startControllers(programs['kube-controller-manager'], { api, server, config: configOf('controllers') }, start)
    const configuration = at('containerd.toml')
    writeFileSync(
      configuration,
      containerdConfiguration({
        folder: at('containerd'),
        state: join(runtimeDir, 'containerd'),
        socket,
        sandboxImage: spec.sandboxImage,
      }),
    )
    containerd = await start({
      id: 'containerd',
      program: runtimeProgram('containerd') ?? 'containerd',
      args: ['--config', configuration],
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
      probe: () => removablePods(socket),
    })
    const healthzPort = await freePort()
    const kubeletFile = at('kubelet.json')
    writeFileSync(
      kubeletFile,
      kubeletConfiguration({
        socket,
        logs,
        staticPods,
        plugins: at('volume-plugins'),
        port: kubeletPort,
        healthzPort,
      }),
    )
    kubelet = await start({
      id: 'kubelet',
      program: programs.kubelet,
      args: [
        `--config=${kubeletFile}`,
        `--kubeconfig=${configOf('kubelet')}`,
        `--root-dir=${at('kubelet')}`,
        `--cert-dir=${at('certs', 'kubelet')}`,
        `--hostname-override=${nodeName}`,
        '--node-ip=127.0.0.1',
      ],
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
      probe: async (signal) => {
        const answer = await fetch(`http://127.0.0.1:${healthzPort}/healthz`, { signal })
        if (!answer.ok) return answer.text()
        return api!.get(`/api/v1/nodes/${nodeName}`).then(
          () => true,
          (error: unknown) => String(error),
        )
      },
    })
    return {
      api,
      folder,
      containerd,
      kubelet,
      socket,
      runtimeDir,
      layers: at('containerd', 'root'),
      kubeconfig: configOf('admin'),
      staticPods,
      logs: ({ metadata: { name, namespace = 'default', uid, annotations } }, container) => {
        // A static pod has another uid on its node than in the API.
        const own = annotations?.['kubernetes.io/config.hash'] ?? uid
        return readLogs(join(logs, `${namespace}_${name}_${own}`, container))
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whether the runtime answers over CRI: it has no pods to remove yet. */
const removablePods = async (socket: string): Promise<boolean> => (await removePods(socket)).length === 0

/** The lines of a container's log files, without the runtime's own words. */
function readLogs(folder: string): string {
  const files = execFileSync('find', [folder, '-name', '*.log'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return files
    .split('\n')
    .filter((file) => file !== '')
    .sort()
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .map((line) => line.replace(/^\S+ (?:stdout|stderr) [FP] /, ''))
    .join('\n')
}
