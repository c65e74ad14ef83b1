import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readProcStat } from '../../process/proc-stat.ts'
import { isLoopback, type PeerSocket, peersIn } from './sockets.ts'

/** A connection to another machine, as it was seen. */
export interface OutsideConnection {
  readonly program: string
  readonly address: string
  readonly port: number
  /** ISO 8601; when it was first seen. */
  readonly seenAt: string
}

/** What was measured: a connection between two samples is not seen. */
export interface Measured {
  readonly samples: number
  readonly everyMs: number
  /** Processes in the last sample. */
  readonly processes: number
  /** Processes, ever, whose sockets this user may not read. */
  readonly unread: number
  /** Sockets with a peer on this machine in the last sample. */
  readonly inside: number
  readonly outside: readonly OutsideConnection[]
}

// The kernel looks through all sockets of the machine for each table: more often would be a load of its own.
const everyMs = 1_000
/** More are not listed; they are an answer already. */
const mostListed = 100
const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const

/** A process, and whether its command line names the folder. Another start time is another process of that number. */
interface Known {
  readonly startTime: string
  readonly marked: boolean
}

/** A process can run another program, and a socket can be passed on: every so many samples, all are read again. */
const allEvery = 5

/** Samples the sockets of a process and of all processes below it, in whichever network namespace they are. */
export class ConnectionWatch {
  readonly #root: number
  readonly #mark: string
  readonly #seen = new Map<string, OutsideConnection>()
  readonly #unread = new Set<number>()
  // What was read before is kept: a machine has hundreds of processes, and this looks every second.
  #known: ReadonlyMap<number, Known> = new Map()
  /** Whose a socket is, by inode; undefined for one of another program. */
  #owners: ReadonlyMap<string, number | undefined> = new Map()
  #samples = 0
  #processes = 0
  #inside = 0
  readonly #timer: NodeJS.Timeout

  /** `mark` is a folder of this session: what names it on its command line, such as a container's shim, counts too. */
  constructor(root: number, mark: string) {
    this.#root = root
    this.#mark = mark
    this.#timer = setInterval(() => this.sample(), everyMs).unref()
  }

  measured(): Measured {
    return {
      samples: this.#samples,
      everyMs,
      processes: this.#processes,
      unread: this.#unread.size,
      inside: this.#inside,
      outside: [...this.#seen.values()],
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Looks once. */
  sample(): void {
    const all = this.#samples % allEvery === 0
    if (all) this.#known = new Map()
    const pids = this.#tree()
    const peers = peersOf(pids)
    if (all || peers.some(({ inode }) => !this.#owners.has(inode))) this.#owners = this.#descriptors(pids, peers)
    this.#inside = 0
    for (const { inode, address, port } of peers) {
      const owner = this.#owners.get(inode)
      if (owner === undefined) continue
      if (isLoopback(address)) this.#inside += 1
      else this.#note(owner, address, port)
    }
    this.#processes = pids.length
    this.#samples += 1
  }

  /** The process, those that name the folder, and everything below them. */
  #tree(): readonly number[] {
    const children = new Map<number, number[]>()
    const known = new Map<number, Known>()
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const pid = Number(name)
      const stat = readProcStat(pid)
      if (stat === undefined) continue
      known.set(pid, this.#look(pid, stat.startTime))
      children.set(stat.parent, [...(children.get(stat.parent) ?? []), pid])
    }
    this.#known = known
    const marked = [...known].flatMap(([pid, each]) => (each.marked ? [pid] : []))
    const tree = new Set([this.#root, ...marked])
    // The set grows while it is walked.
    for (const pid of tree) for (const child of children.get(pid) ?? []) tree.add(child)
    return [...tree]
  }

  #look(pid: number, startTime: string): Known {
    const before = this.#known.get(pid)
    if (before?.startTime === startTime) return before
    return { startTime, marked: textOf(`/proc/${pid}/cmdline`).includes(this.#mark) }
  }

  /** Which of these sockets belong to which of these processes, from all descriptors that the processes have open. */
  #descriptors(pids: readonly number[], peers: readonly PeerSocket[]): ReadonlyMap<string, number | undefined> {
    const owners = new Map<string, number>()
    for (const pid of pids) {
      const inodes = socketsOf(pid)
      // One that has just ended is no gap.
      if (inodes === undefined && readProcStat(pid) !== undefined) this.#unread.add(pid)
      for (const inode of inodes ?? []) owners.set(inode, pid)
    }
    return new Map(peers.map(({ inode }) => [inode, owners.get(inode)]))
  }

  #note(pid: number, address: string, port: number): void {
    const program = textOf(`/proc/${pid}/comm`).trim()
    const key = `${program} ${address} ${port}`
    if (this.#seen.has(key) || this.#seen.size >= mostListed) return
    this.#seen.set(key, { program, address, port, seenAt: new Date().toISOString() })
  }
}

/** The sockets with a peer in every network namespace of these processes. */
function peersOf(pids: readonly number[]): readonly PeerSocket[] {
  const spaces = new Map<string, number>()
  for (const pid of pids) {
    const space = linkOf(`/proc/${pid}/ns/net`)
    if (space !== undefined) spaces.set(space, pid)
  }
  return [...spaces.values()].flatMap((pid) => tables.flatMap((table) => peersIn(textOf(`/proc/${pid}/net/${table}`))))
}

/** The inodes of its sockets; undefined if they cannot be read. */
function socketsOf(pid: number): readonly string[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`) ?? '')?.[1] ?? [],
    )
  } catch {
    return undefined
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
