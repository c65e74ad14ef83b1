import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { startService } from '../../../core/process/services/service.ts'

/** A real containerd of a test's or a measurement's own, with its CRI plugin. */
export interface Containerd {
  readonly socket: string
  /** The folder with its images, snapshots and containers. */
  readonly root: string
  /** Ends it with everything that it started. */
  readonly stop: () => Promise<void>
  /** Removes its mounts and its folders. Call it after `stop`. */
  readonly clean: () => void
}

/**
 * Starts containerd (Debian's docker.io brings it) with folders of its own below `base`, which has to be short. Needs
 * root. Pods run in cgroups below `/kubepods`, with the cgroupfs driver.
 */
export async function startContainerd(options: {
  readonly base: string
  readonly program?: string
  /** The image of a pod's sandbox; it has to be pullable, and its program has to wait. */
  readonly sandboxImage: string
}): Promise<Containerd> {
  const { base, program = '/usr/bin/containerd', sandboxImage } = options
  const [root, state, socket] = [join(base, 'root'), join(base, 'state'), join(base, 'containerd.sock')]
  mkdirSync(base, { recursive: true, mode: 0o755 })
  const config = join(base, 'config.toml')
  writeFileSync(config, configuration({ root, state, socket, sandboxImage }))
  const service = await startService({
    id: 'containerd',
    program,
    args: ['-c', config],
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    logFile: join(base, 'containerd.log'),
    pidFolder: join(base, 'pids'),
    readyTimeoutMs: 60_000,
    probe: (signal) => answers(socket, signal),
  })
  if (!service.ok) throw new Error(JSON.stringify(service.error))
  return {
    socket,
    root,
    stop: () => service.value.stop(),
    clean: () => clean(base),
  }
}

const configuration = (at: {
  root: string
  state: string
  socket: string
  sandboxImage: string
}): string => `version = 2
root = ${JSON.stringify(at.root)}
state = ${JSON.stringify(at.state)}
[grpc]
  address = ${JSON.stringify(at.socket)}
[plugins."io.containerd.grpc.v1.cri"]
  # runc may not lower oom_score_adj without CAP_SYS_RESOURCE.
  restrict_oom_score_adj = true
  sandbox_image = ${JSON.stringify(at.sandboxImage)}
  disable_tcp_service = true
`

/** Whether the CRI plugin is loaded: the socket is there earlier. */
function answers(socket: string, signal: AbortSignal): Promise<boolean> {
  if (!existsSync(socket)) return Promise.resolve(false)
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
  const bytes = (value: Buffer): Buffer => value
  return new Promise<boolean>((resolve) => {
    const path = '/runtime.v1.RuntimeService/Version'
    const call = client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error) => resolve(error === null))
    signal.addEventListener('abort', () => call.cancel(), { once: true })
  }).finally(() => client.close())
}

function clean(base: string): void {
  const below = (folder: string): readonly string[] =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((target) => target.startsWith(`${folder}/`))
  for (const target of below(base).toReversed()) execFileSync('umount', ['-l', target])
  rmSync(base, { recursive: true, force: true })
}
