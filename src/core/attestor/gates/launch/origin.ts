import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { readAtMost } from '../../../files/read-regular.ts'
import { containerOf } from '../../processes/cgroup.ts'
import { readParent, readProcessFacts, readSession, readStartTime } from '../../processes/process-facts.ts'
import type { MountPoint } from './mount-table.ts'

/** A process of a container, and what is known about it. */
export interface OriginQuestion {
  readonly procRoot: string
  readonly pid: number
  readonly initPid: number
  /** What only root can read; absent for an ordinary user. */
  readonly inside?: Inside
}

interface Inside {
  readonly containerId: string
  /** As the container's first process sees it. */
  readonly table: readonly MountPoint[]
  /** Whether the container has an init process of the engine's own, which starts the image's program. */
  readonly engineInit: boolean
  /** Whether the runtime lists no exec sessions, so that only /proc shows them. */
  readonly unlistedSessions?: boolean
}

/** What speaks against a process being one of the image's own, in words. */
export interface Origin {
  readonly found: string | undefined
  /** Whether it has a session of its own, as an exec session has. */
  readonly unclear?: boolean
  /** Whether the finding is a process from elsewhere in the namespace, which may be about to leave or to enter. */
  readonly stranger?: boolean
}

/**
 * Whether a process is one of the image's own: no other process traces it, none from elsewhere shares its process
 * namespace, and it and its parents up to the container's first process run files of the image. Call it after
 * `otherView`. Throws when /proc cannot be read; what is `inside` takes root or CAP_SYS_PTRACE.
 */
export function originOf(question: OriginQuestion): Origin {
  const { procRoot, pid, initPid, inside } = question
  const chain = parentsUpTo(question)
  if (chain === undefined) return { found: 'the process was started into the container from outside' }
  const rights = [...new Set([pid, initPid])]
    .map((each) => otherRights(procRoot, each))
    .find((each) => each !== undefined)
  if (rights !== undefined) return { found: rights }
  const other = inside && stranger(question, inside)
  if (other !== undefined) return other
  const found =
    (inside && chain.map((each) => otherProgram(question, inside, each)).find((each) => each !== undefined)) ??
    (inside && otherLibrary(question, inside, chain))
  if (found !== undefined) return { found }
  const session = readSession(procRoot, pid)
  // A session can be left by creating a new one, but never joined: a process in the first process's session descends
  // from it. An exec session begins with a session of its own, and so do its children.
  return { found: undefined, unclear: session === undefined || session !== readSession(procRoot, initPid) }
}

const maxGenerations = 256

/** The process, its parents, and at the end the container's first process; undefined when they do not lead there. */
function parentsUpTo({ procRoot, pid, initPid }: OriginQuestion): readonly number[] | undefined {
  const chain: number[] = []
  for (let current = pid; current > 1 && chain.length < maxGenerations; ) {
    chain.push(current)
    if (current === initPid) return chain
    current = readParent(procRoot, current) ?? 0
  }
  return undefined
}

/**
 * How a process's view of the machine differs from its container's, in words; undefined when it is the same. Throws
 * when /proc cannot be read.
 */
export function otherView(procRoot: string, pid: number, initPid: number): string | undefined {
  const namespace = (of: number | 'self', kind: string): string => readlinkSync(`${procRoot}/${of}/ns/${kind}`)
  // In a user namespace of its own a container's user may mount anything, and /proc would show that.
  if (namespace(initPid, 'user') !== readlinkSync('/proc/self/ns/user')) {
    return 'the container has a user namespace of its own, so what it sees cannot be compared'
  }
  const different = ['user', 'mnt', 'pid'].find((kind) => namespace(pid, kind) !== namespace(initPid, kind))
  if (different !== undefined) return `the process has a namespace of its own (${different})`
  const [own, first] = [pid, initPid].map((each) => statSync(`${procRoot}/${each}/root/`))
  return own?.dev === first?.dev && own?.ino === first?.ino ? undefined : 'the process has another root folder'
}

/** The most that engines leave a container: Docker's fourteen capabilities (moby, oci/caps/defaults.go), as bits. */
const usualCapabilities = 0xa80425fbn

function otherRights(procRoot: string, pid: number): string | undefined {
  const status = readFileSync(`${procRoot}/${pid}/status`, 'utf8')
  const value = (key: string): string => new RegExp(`^${key}:\\s*(\\S+)$`, 'm').exec(status)?.[1] ?? ''
  if (value('TracerPid') !== '0') return `process ${pid} is traced by another one`
  const more = BigInt(`0x${value('CapBnd')}`) & ~usualCapabilities
  return more === 0n ? undefined : `more capabilities than usual: ${more.toString(16).padStart(16, '0')}`
}

/** Every other workload waits until all are looked at. */
const maxProcesses = 2048

/** A process that shares the process namespace without belonging to the container, or why none was looked for. */
function stranger(
  { procRoot, initPid }: OriginQuestion,
  { containerId, table, unlistedSessions }: Inside,
): Origin | undefined {
  if (table.findLast(({ target }) => target === '/proc')?.fileSystem !== 'proc') {
    return { found: '/proc is another file system' }
  }
  // The container's own /proc shows exactly the processes of its namespace; their cgroups appear as we see them.
  const proc = `${procRoot}/${initPid}/root/proc`
  const processes = readdirSync(proc).filter((name) => /^\d+$/.test(name))
  if (processes.length > maxProcesses) return { found: `more than ${maxProcesses} processes in the container` }
  for (const name of processes) {
    // One that has ended meanwhile, or is ending, does nothing more.
    const facts = readProcessFacts(proc, Number(name))
    if (facts === undefined) continue
    const found = containerOf(facts.cgroups)
    const ids = found.kind === 'one' ? [found.id] : found.kind === 'several' ? found.ids : []
    if (!ids.includes(containerId)) {
      const [other] = ids
      const words =
        other === undefined
          ? `process ${name} in the container\u2019s process namespace belongs to no container`
          : `another container shares the process namespace: ${other}`
      return { found: words, stranger: true }
    }
    // The parent of a program that was started from outside is in no namespace of the container.
    if (unlistedSessions === true && name !== '1' && readParent(proc, Number(name)) === 0) {
      return { found: 'another program was started in the container besides, from outside' }
    }
  }
  return undefined
}

/** What a process runs, if that is not a file of the image: the image's files are its root's, under no mount. */
function otherProgram(
  { procRoot, initPid }: OriginQuestion,
  { table, engineInit }: Inside,
  pid: number,
): string | undefined {
  const link = `${procRoot}/${pid}/exe`
  const path = readlinkSync(link)
  const words = `process ${pid} runs ${path}, which is no file of the image`
  const here = fileAt(`${procRoot}/${initPid}/root`, path)
  const running = statSync(link)
  if (here === undefined || here.dev !== running.dev || here.ino !== running.ino) return words
  if (pid === initPid && engineInit && engineInits.includes(path)) return undefined
  return belowMount(table, path) ? words : undefined
}

/** The lists of all these processes together: a process can make its own very long, with hundreds of megabytes. */
const maxMaps = 8 * 1024 * 1024

/**
 * Code that one of these processes has loaded from a file that is not the image's: deleted since, or below a mount.
 * Memory files are the process's own work (.NET keeps compiled code in one).
 */
function otherLibrary(
  { procRoot, initPid }: OriginQuestion,
  { table, engineInit }: Inside,
  pids: readonly number[],
): string | undefined {
  let left = maxMaps
  for (const pid of pids) {
    const maps = mapsOf(procRoot, pid, left)
    if (maps === undefined) return `process ${pid} has mapped more than is read`
    left -= maps.length
    for (const line of maps.toString().split('\n')) {
      const [, path] = /^\S+ \S{2}x\S \S+ \S+ \d+ +(\/.*)$/.exec(line) ?? []
      if (path === undefined || path.startsWith('/memfd:')) continue
      if (pid === initPid && engineInit && engineInits.includes(path)) continue
      if (belowMount(table, path) || path.endsWith(' (deleted)')) {
        return `process ${pid} has loaded ${path}, which is no file of the image`
      }
    }
  }
  return undefined
}

/** Undefined when the list is longer than `most` bytes. */
function mapsOf(procRoot: string, pid: number, most: number): Buffer | undefined {
  const fd = openSync(`${procRoot}/${pid}/maps`, 'r')
  try {
    return readAtMost(fd, most)
  } finally {
    closeSync(fd)
  }
}

function belowMount(table: readonly MountPoint[], path: string): boolean {
  return table.some(({ target }) => target !== '/' && (path === target || path.startsWith(`${target}/`)))
}

/** Where engines mount their own init process: Docker's, also if /sbin is a link, and Podman's by its version. */
const engineInits = [
  '/sbin/docker-init',
  '/usr/sbin/docker-init',
  '/usr/bin/docker-init',
  '/dev/init',
  '/run/podman-init',
]

/** A file below a folder; no component of the path may be a link, which would lead out of it. */
function fileAt(folder: string, path: string): { readonly dev: number; readonly ino: number } | undefined {
  let at = folder
  const names = path.split('/').slice(1)
  for (const [index, name] of names.entries()) {
    at = `${at}/${name}`
    const stats = lstatSync(at, { throwIfNoEntry: false })
    if (index === names.length - 1) return stats?.isFile() === true ? stats : undefined
    if (stats?.isDirectory() !== true) return undefined
  }
  return undefined
}

/** The kernel's ticks per second in /proc, on every architecture that Node supports (USER_HZ). */
const ticks = 100

/**
 * When the session of a process began, in milliseconds since the epoch, or slightly later: the start of its leader, or
 * of the process itself if the leader is gone. Infinite when that cannot be determined.
 */
export function sessionStartedAt(procRoot: string, pid: number): number {
  const started = readStartTime(procRoot, Number(readSession(procRoot, pid))) ?? readStartTime(procRoot, pid)
  const uptime = uptimeOf(procRoot)
  if (started === undefined || !Number.isFinite(uptime)) return Number.POSITIVE_INFINITY
  // Both are truncated to hundredths of a second.
  return Date.now() - (uptime - (Number(started) + 1) / ticks) * 1000 + 1000 / ticks
}

/** Seconds since the machine started; NaN when /proc does not say. */
function uptimeOf(procRoot: string): number {
  try {
    return Number(readFileSync(`${procRoot}/uptime`, 'utf8').split(' ')[0])
  } catch {
    return Number.NaN
  }
}
