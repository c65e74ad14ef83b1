import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { signalProcess } from '../../process/leftovers.ts'
import { readProcStat } from '../../process/proc-stat.ts'
import { mountsBelow, unmountBelow } from '../mounts.ts'
import { execRoot, removeContainerTraces } from './container-traces.ts'

/** Where a private engine keeps its data. */
export interface PrivateEngineFolders {
  /** Images, containers, logs. */
  readonly folder: string
  /** Sockets and pid files: short, because a socket path holds 107 characters. */
  readonly runtimeDir: string
}

/** What a private engine that is gone has left on this machine. */
export interface EngineLeftovers {
  /** Processes of its containers. The engine's own are found by their pid records. */
  readonly pids: readonly number[]
  readonly mounts: readonly string[]
}

/** What is left of an engine of ours that was killed. Changes nothing. */
export async function findEngineLeftovers({ folder, runtimeDir }: PrivateEngineFolders): Promise<EngineLeftovers> {
  const ids = await containerIds(folder)
  return {
    pids: (await containerProcesses(ids)).map(({ pid }) => pid),
    mounts: [...(await mountsBelow(folder)), ...(await mountsBelow(runtimeDir))],
  }
}

/**
 * Ends the processes of our engine's containers. Done before the engine itself is ended, it saves the five seconds that
 * a daemon without its containerd waits for them.
 */
export async function endEngineContainers({ folder }: PrivateEngineFolders): Promise<void> {
  await endProcesses(await containerProcesses(await containerIds(folder)))
}

/**
 * Ends the processes of our engine's containers, and removes its mounts, cgroups and sockets. Call it when the engine
 * itself is gone (stopped, or ended by `endLeftovers`). The images stay. Returns the mounts that could not be removed.
 */
export async function cleanPrivateEngine({ folder, runtimeDir }: PrivateEngineFolders): Promise<readonly string[]> {
  const ids = await containerIds(folder)
  await endProcesses(await containerProcesses(ids))
  for (const id of ids) await removeContainerTraces(runtimeDir, id)
  const stayed = [...(await unmountBelow(folder)), ...(await unmountBelow(runtimeDir))]
  // With something still mounted there, a removal would reach through it.
  if (stayed.length === 0) {
    await rm(execRoot(runtimeDir), { recursive: true, force: true })
    await rm(join(runtimeDir, 'docker.pid'), { force: true })
    await rm(join(runtimeDir, 'docker.sock'), { force: true })
  }
  return stayed
}

/** The engine keeps one folder for each container, named by its id. */
async function containerIds(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'data', 'containers')).catch(() => [])
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name))
}

async function containerProcesses(ids: readonly string[]): Promise<{ pid: number; startTime: string }[]> {
  if (ids.length === 0) return []
  const found: { pid: number; startTime: string }[] = []
  for (const name of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cgroup = await readFile(`/proc/${name}/cgroup`, 'utf8').catch(() => '')
    const startTime = readProcStat(Number(name))?.startTime
    if (startTime !== undefined && ids.some((id) => cgroup.includes(id))) found.push({ pid: Number(name), startTime })
  }
  return found
}

async function endProcesses(processes: readonly { pid: number; startTime: string }[]): Promise<void> {
  const alive = () => processes.filter(({ pid, startTime }) => readProcStat(pid)?.startTime === startTime)
  for (const { pid } of alive()) signalProcess(pid, 'SIGKILL')
  for (let round = 0; alive().length > 0 && round < 200; round++) await delay(10)
}
