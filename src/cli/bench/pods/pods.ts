import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, credentials } from '@grpc/grpc-js'
import { z } from 'zod'
import { criWriting } from './services.ts'

/** A container of a pod, as a kubelet requests it: fields of CRI's ContainerConfig. */
export interface ContainerSpec {
  /** The image, by a name, its digest or its id. */
  readonly image: string
  readonly name?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly mounts?: readonly { readonly source: string; readonly target: string; readonly readOnly?: boolean }[]
  /** CRI's LinuxContainerSecurityContext. */
  readonly security?: object
  /** Other fields of ContainerConfig. */
  readonly more?: object
}

/** A running pod. */
export interface Pod {
  /** Of its sandbox. */
  readonly id: string
  readonly uid: string
  readonly name: string
  readonly config: object
}

/** Process namespace modes of CRI. */
export const namespaceMode = { pod: 0, container: 1, node: 2, target: 3 } as const

/** As a kubelet masks them (DefaultMaskedPaths and DefaultReadonlyPaths of its security context). */
const kubeletPaths = {
  masked_paths: [
    '/proc/asound',
    '/proc/acpi',
    '/proc/kcore',
    '/proc/keys',
    '/proc/latency_stats',
    '/proc/timer_list',
    '/proc/timer_stats',
    '/proc/sched_debug',
    '/proc/scsi',
    '/sys/firmware',
  ],
  readonly_paths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
}

/**
 * Makes pods through the container runtime interface, as a kubelet does: with the host's network, so that no network
 * plugin is needed, and in its cgroups (`/kubepods/besteffort/pod<uid>`). `removeAll` ends what was made here.
 */
export class Pods {
  readonly #client: Client
  readonly #folder: string
  readonly #pods: Pod[] = []
  /** The log file of each container, by its id. */
  readonly #logFiles = new Map<string, string>()
  #count = 0

  /** `folder`: what a kubelet keeps in /var/lib/kubelet and /var/log/pods is below it. */
  constructor(socket: string, folder: string) {
    this.#folder = folder
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
  }

  /** Pulls an image; returns its id. */
  async pull(image: string): Promise<string> {
    return (await this.call('ImageService', 'PullImage', { image: { image } }, z.object({ image_ref: z.string() })))
      .image_ref
  }

  /** Starts a pod without containers. `shared`: whether its containers share one process namespace. */
  async pod({ name = `pod-${++this.#count}`, shared = false, privileged = false } = {}): Promise<Pod> {
    const uid = crypto.randomUUID()
    const config = {
      metadata: { name, uid, namespace: 'default' },
      log_directory: this.#logs(name),
      labels: {
        'io.kubernetes.pod.name': name,
        'io.kubernetes.pod.namespace': 'default',
        'io.kubernetes.pod.uid': uid,
      },
      linux: {
        cgroup_parent: `/kubepods/besteffort/pod${uid}`,
        security_context: { namespace_options: namespaces(shared), privileged },
      },
    }
    const answer = z.object({ pod_sandbox_id: z.string() })
    const { pod_sandbox_id: id } = await this.call('RuntimeService', 'RunPodSandbox', { config }, answer)
    const pod = { id, uid, name, config: { ...config, shared } }
    this.#pods.push(pod)
    return pod
  }

  /** Creates a container in a pod, without starting it; returns its id. */
  async create(pod: Pod, spec: ContainerSpec): Promise<string> {
    const { name = `c${++this.#count}`, security = {}, more = {} } = spec
    const log = `${name}-${++this.#count}.log`
    const shared = 'shared' in pod.config && pod.config.shared === true
    const config = {
      metadata: { name },
      image: { image: spec.image, user_specified_image: spec.image },
      command: spec.command ?? [],
      args: spec.args ?? [],
      envs: Object.entries(spec.environment ?? {}).map(([key, value]) => ({ key, value })),
      mounts: [...this.#kubeletMounts(pod, name), ...(spec.mounts ?? [])].map(({ source, target, readOnly }) => ({
        container_path: target,
        host_path: source,
        readonly: readOnly === true,
      })),
      labels: {
        'io.kubernetes.container.name': name,
        'io.kubernetes.pod.uid': pod.uid,
        'io.kubernetes.pod.namespace': 'default',
        'io.kubernetes.pod.name': pod.name,
      },
      log_path: log,
      linux: { security_context: { namespace_options: namespaces(shared), ...kubeletPaths, ...security } },
      ...more,
    }
    const request = { pod_sandbox_id: pod.id, config, sandbox_config: pod.config }
    const answer = z.object({ container_id: z.string() })
    const { container_id: id } = await this.call('RuntimeService', 'CreateContainer', request, answer)
    this.#logFiles.set(id, join(this.#logs(pod.name), log))
    return id
  }

  /** Creates a container in a pod and starts it; returns its id. */
  async run(pod: Pod, spec: ContainerSpec): Promise<string> {
    const id = await this.create(pod, spec)
    await this.call('RuntimeService', 'StartContainer', { container_id: id }, z.unknown())
    return id
  }

  /** Runs a command in a container until it ends, as an exec probe does. */
  async exec(container: string, cmd: readonly string[], timeout = 10): Promise<{ exit_code: number; stdout: Buffer }> {
    const answer = z.object({ exit_code: z.number(), stdout: z.instanceof(Buffer) })
    return this.call('RuntimeService', 'ExecSync', { container_id: container, cmd, timeout }, answer)
  }

  /** What a container has printed so far. */
  output(container: string): string {
    const text = readFileSync(this.#logFiles.get(container) ?? '', 'utf8')
    // Each line: time, stream, whether it is whole, and the line.
    return text.replace(/^\S+ \S+ [FP] /gm, '')
  }

  /** Ends a container and removes it. */
  async remove(container: string): Promise<void> {
    await this.call('RuntimeService', 'StopContainer', { container_id: container, timeout: 0 }, z.unknown())
    await this.call('RuntimeService', 'RemoveContainer', { container_id: container }, z.unknown())
  }

  /** Ends all pods that were started here, with their containers. */
  async removeAll(): Promise<void> {
    for (const { id, uid } of this.#pods.splice(0)) {
      await repeated(async () => {
        await this.call('RuntimeService', 'StopPodSandbox', { pod_sandbox_id: id }, z.unknown())
        await this.call('RuntimeService', 'RemovePodSandbox', { pod_sandbox_id: id }, z.unknown())
      })
      removeCgroups(`kubepods/besteffort/pod${uid}`)
    }
  }

  close(): void {
    this.#client.close()
  }

  #logs(pod: string): string {
    return join(this.#folder, 'logs', pod)
  }

  /** What a kubelet mounts into every container: hosts, termination log, and the service account's token. */
  #kubeletMounts({ uid }: Pod, name: string): NonNullable<ContainerSpec['mounts']> {
    const own = join(this.#folder, 'kubelet', 'pods', uid)
    const token = join(own, 'volumes', 'kubernetes.io~projected', 'kube-api-access-x7k2p')
    const [hosts, log] = [join(own, 'etc-hosts'), join(own, 'containers', name, '1a2b3c4d')]
    const files: Readonly<Record<string, string>> = {
      [hosts]: '127.0.0.1 localhost\n',
      [log]: '',
      ...Object.fromEntries(['token', 'ca.crt', 'namespace'].map((each) => [join(token, each), each])),
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    return [
      { source: hosts, target: '/etc/hosts' },
      { source: log, target: '/dev/termination-log' },
      { source: token, target: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ]
  }

  /** Calls any method; rejects with the runtime's own words. */
  call<T>(
    service: 'RuntimeService' | 'ImageService',
    method: string,
    request: object,
    answer: z.ZodType<T>,
  ): Promise<T> {
    const found = criWriting(service)[method]
    if (found === undefined) throw new Error(`No method ${method} is defined.`)
    const { path, requestSerialize, responseDeserialize } = found
    return new Promise((resolve, reject) => {
      const deadline = { deadline: Date.now() + 60_000 }
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, deadline, (error, value) => {
        if (error === null) resolve(answer.parse(value))
        else reject(new Error(`${method}: ${error.details}`))
      })
    })
  }
}

/**
 * Does something until it succeeds, as a kubelet does: containerd refuses to stop and to remove a container that ends
 * just now. After a minute its last reason is thrown.
 */
async function repeated(action: () => Promise<void>): Promise<void> {
  const until = performance.now() + 60_000
  for (;;) {
    try {
      return await action()
    } catch (error) {
      if (performance.now() > until) throw error
      await delay(200)
    }
  }
}

/** Empty cgroups of a pod stay behind in every hierarchy, as with a kubelet until it looks for them. */
function removeCgroups(path: string): void {
  for (const name of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const folder = join('/sys/fs/cgroup', name, path)
    if (existsSync(folder)) execFileSync('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+'])
  }
}

const namespaces = (shared: boolean): object => ({
  network: namespaceMode.node,
  pid: shared ? namespaceMode.pod : namespaceMode.container,
  ipc: namespaceMode.pod,
})
