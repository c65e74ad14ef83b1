import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { trustingAlso } from '../../network/ca-folder.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { readProcStat } from '../../process/proc-stat.ts'
import { attempt } from '../../process/services/group.ts'
import type { Watched } from '../../process/services/health.ts'
import { servicePart } from '../../process/services/part.ts'
import { type Service, startService } from '../../process/services/service.ts'
import { pingEngine } from '../inspect/engine-http.ts'
import { execRoot } from './container-traces.ts'
import { connectEngine, type Engine } from './engine.ts'
import { cleanPrivateEngine, type PrivateEngineFolders } from './private-engine-leftovers.ts'

export interface PrivateEngine {
  readonly engine: Engine
  readonly service: Service
  /** The daemon under it, which creates and keeps the containers. */
  readonly containerd: Watched | undefined
  /** Ends the engine with its containers, and unmounts what it mounted. */
  readonly stop: () => Promise<void>
}

export const privateSocket = (runtimeDir: string): string => join(runtimeDir, 'docker.sock')

/**
 * Starts a Docker Engine of our own that creates no network, no bridge and no firewall rule, reads no configuration of
 * this machine and listens on a socket of ours only. Needs root. Ready when it answers on its socket.
 */
export async function startPrivateEngine(
  spec: PrivateEngineFolders & {
    /** Absolute path of the daemon. */
    readonly dockerd: string
    readonly logFile: string
    readonly pidFolder: string
    /** CA files (PEM) that it trusts in addition to the system's, for the registries of a profile. */
    readonly caFiles?: readonly string[]
    readonly signal?: AbortSignal
  },
): Promise<Result<PrivateEngine>> {
  if (hasDockerBridge()) return err(otherEngine)
  const socket = privateSocket(spec.runtimeDir)
  if ((await connectEngine(socket, { ours: true, timeoutMs: 2_000 })).ok) return err(alreadyRunning(socket))
  await mkdir(spec.folder, { recursive: true, mode: 0o700 })
  await mkdir(spec.runtimeDir, { recursive: true, mode: 0o700 })
  // Docker Engine's own place for them, /etc/docker/certs.d, is the machine's and stays as it is.
  const caFiles = await trustingAlso(spec.caFiles ?? [], join(spec.folder, 'authorities'))
  if (!caFiles.ok) return caFiles
  const configuration = join(spec.folder, 'daemon.json')
  await writeFile(configuration, '{}\n', { mode: 0o600 })
  // The pid in a file that an earlier daemon left may be that of another process by now.
  const containerdFile = join(execRoot(spec.runtimeDir), 'containerd', 'containerd.pid')
  await rm(containerdFile, { force: true })
  const died = new AbortController()
  const lives = containerdWatch(containerdFile)
  const service = await startService({
    id: 'dockerd',
    program: spec.dockerd,
    args: [
      `--config-file=${configuration}`,
      `--data-root=${join(spec.folder, 'data')}`,
      `--exec-root=${execRoot(spec.runtimeDir)}`,
      `--pidfile=${join(spec.runtimeDir, 'docker.pid')}`,
      `--host=unix://${socket}`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
      '--userland-proxy=false',
      '--shutdown-timeout=5',
    ],
    // containerd and runc lie where an ordinary user's PATH does not look.
    env: {
      PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ...caFiles.value,
    },
    logFile: spec.logFile,
    pidFolder: spec.pidFolder,
    readyTimeoutMs: 60_000,
    graceMs: 15_000,
    probe: async (signal) => {
      if (!lives()) died.abort()
      if (!existsSync(socket)) return 'its socket is not there yet'
      return pingEngine(socket, signal)
    },
    signal: firstSignal(spec.signal, died.signal),
  })
  if (!service.ok) {
    await cleanPrivateEngine(spec)
    if (died.signal.aborted && spec.signal?.aborted !== true) return err(containerdEnded)
    return err(notStarted(service.error))
  }
  const stop = async (): Promise<void> => {
    const failure = await attempt('dockerd', () => service.value.stop())
    const stayed = await cleanPrivateEngine(spec)
    const failures = [...(failure === undefined ? [] : [failure]), ...stayed.map((mount) => `still mounted: ${mount}`)]
    if (failures.length > 0) throw new Error(failures.join('; '))
  }
  const engine = await connectEngine(socket, { ours: true })
  if (!engine.ok) {
    await stop()
    return engine
  }
  const containerd = await servicePart(service.value, {
    id: 'containerd',
    is: ([program = '']) => basename(program) === 'containerd',
  })
  return ok({ engine: engine.value, service: service.value, containerd, stop })
}

/**
 * Whether the daemon's containerd lives, or has not started yet. A daemon whose containerd ends while it starts only
 * notices after 15 seconds (Docker Engine 20.10).
 */
function containerdWatch(file: string): () => boolean {
  let known: { readonly pid: number; readonly startTime: string } | undefined
  return () => {
    if (known !== undefined) return readProcStat(known.pid)?.startTime === known.startTime
    const pid = pidIn(file)
    const found = pid === undefined ? undefined : readProcStat(pid)
    if (pid !== undefined && found !== undefined) known = { pid, startTime: found.startTime }
    return true
  }
}

function pidIn(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether another engine's bridge exists in our network namespace: a daemon that is configured without a bridge deletes
 * it. /sys/class/net may list another namespace: the one in which sysfs was mounted.
 */
const hasDockerBridge = (): boolean => /^ *docker0:/m.test(readFileSync('/proc/self/net/dev', 'utf8'))

const otherEngine = appError(
  'engine.other-bridge',
  'Another Docker Engine has a network on this machine, and a second one would delete it.',
  'Start that engine (`sudo systemctl start docker`) or name its socket in DOCKER_HOST; if it is gone for good, remove its network: `sudo ip link delete docker0`.',
  { expected: 'no network interface docker0', found: 'docker0' },
)

const containerdEnded = appError(
  'engine.containerd-ended',
  'The private container engine did not start: containerd, which keeps its containers, ended.',
  'Start this again. If it ends again, read what it says in the log of dockerd.',
  { expected: 'containerd running while dockerd starts', found: 'containerd ended' },
)

const alreadyRunning = (socket: string) =>
  appError(
    'engine.running',
    'The private engine of this app is already running.',
    'Use it as it is, or end it with `npm run clean`.',
    { expected: `nothing on ${socket}`, found: 'an engine that answers' },
  )

/** The daemon's last output instead of its exit code. */
function notStarted(error: AppError): AppError {
  if (error.code === 'run.cancelled') return error
  const said = error.evidence?.lastLines?.findLast((line) => /failed to start|needs to be started|error/i.test(line))
  return {
    ...error,
    code: `engine.${error.code.slice(error.code.indexOf('.') + 1)}`,
    what: 'The private container engine did not start.',
    remedy: 'Start Docker Engine yourself (`sudo systemctl start docker`) and run this again.',
    ...(said === undefined ? {} : { found: said }),
  }
}
