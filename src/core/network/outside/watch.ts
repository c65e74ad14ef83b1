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

/** A process, as far as its last samples showed it. Another start time is another process with the same number. */
interface Known {
  readonly startTime: string
  /** Samples that found no mark on its command line. */
  readonly unmarked: number
  readonly marked: boolean
}

/** A socket's owner, or how many samples found none in the tree. */
type Owner = { readonly pid: number } | { readonly missed: number }

/** One sample can fall between fork and exec, or between a table and the descriptors; the next one cannot as well. */
const sure = 2
/** A program may be replaced by another one and a socket be passed on: every so many samples, all are read again. */
const allEvery = 10

/** Samples the sockets of a process and of all processes below it, in whichever network namespace they are. */
export class ConnectionWatch {
  readonly #root: number
  readonly #mark: string
  readonly #seen = new Map<string, OutsideConnection>()
  readonly #unread = new Set<number>()
  // What was read before is kept: a machine has hundreds of processes, and this looks every second.
  #known: ReadonlyMap<number, Known> = new Map()
  #owners: ReadonlyMap<string, Owner> = new Map()
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
    if (this.#samples % allEvery === 0) {
      this.#known = new Map()
      this.#owners = new Map()
    }
    const pids = this.#tree()
    const peers = this.#peers(pids)
    this.#findOwners(pids, peers)
    this.#inside = 0
    for (const { inode, address, port } of peers) {
      const owner = this.#owners.get(inode)
      if (owner === undefined || 'missed' in owner) continue
      if (isLoopback(address)) this.#inside += 1
      else this.#note(owner.pid, address, port)
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
    const same = before?.startTime === startTime ? before : { startTime, unmarked: 0, marked: false }
    if (same.marked || same.unmarked >= sure) return same
    const marked = textOf(`/proc/${pid}/cmdline`).includes(this.#mark)
    return { ...same, marked, unmarked: same.unmarked + 1 }
  }

  /** The sockets with a peer in every network namespace of these processes. */
  #peers(pids: readonly number[]): readonly PeerSocket[] {
    const spaces = new Map<string, number>()
    for (const pid of pids) {
      const space = linkOf(`/proc/${pid}/ns/net`)
      if (space !== undefined) spaces.set(space, pid)
      // One that has just ended is no gap. The kernel shows descriptors to those whom it shows namespaces.
      else if (readProcStat(pid) !== undefined) this.#unread.add(pid)
    }
    return [...spaces.values()].flatMap((pid) =>
      tables.flatMap((table) => peersIn(textOf(`/proc/${pid}/net/${table}`))),
    )
  }

  /** Reads the descriptors of all processes where a socket has come that is not known. */
  #findOwners(pids: readonly number[], peers: readonly PeerSocket[]): void {
    const before = this.#owners
    const isKnown = (owner: Owner | undefined): boolean =>
      owner !== undefined && ('pid' in owner || owner.missed >= sure)
    const found = peers.every(({ inode }) => isKnown(before.get(inode))) ? undefined : this.#descriptors(pids)
    this.#owners = new Map(
      peers.map(({ inode }) => {
        const was = before.get(inode) ?? { missed: 0 }
        if (found === undefined) return [inode, was]
        const pid = found.get(inode)
        if (pid !== undefined) return [inode, { pid }]
        return [inode, { missed: 'missed' in was ? was.missed + 1 : 1 }]
      }),
    )
  }

  /** The sockets that these processes have open. */
  #descriptors(pids: readonly number[]): ReadonlyMap<string, number> {
    const owners = new Map<string, number>()
    for (const pid of pids) for (const inode of socketsOf(pid)) owners.set(inode, pid)
    return owners
  }

  #note(pid: number, address: string, port: number): void {
    const program = textOf(`/proc/${pid}/comm`).trim()
    const key = `${program} ${address} ${port}`
    if (this.#seen.has(key) || this.#seen.size >= mostListed) return
    this.#seen.set(key, { program, address, port, seenAt: new Date().toISOString() })
  }
}

/** The inodes of its sockets. */
function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`) ?? '')?.[1] ?? [],
    )
  } catch {
    return []
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
