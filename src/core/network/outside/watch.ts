import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readProcStat } from '../../process/proc-stat.ts'
import { isLoopback, peersIn } from './sockets.ts'

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

const everyMs = 500
/** More are not listed; they are an answer already. */
const mostListed = 100
const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const

/** Samples the sockets of a process and of all processes below it, in whichever network namespace they are. */
export class ConnectionWatch {
  readonly #root: number
  readonly #mark: string
  readonly #seen = new Map<string, OutsideConnection>()
  readonly #unread = new Set<number>()
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
    const pids = treeOf(this.#root, this.#mark)
    const owners = new Map<string, number>()
    const spaces = new Map<string, number>()
    for (const pid of pids) {
      const inodes = socketsOf(pid)
      if (inodes === undefined) {
        // One that has just ended is no gap.
        if (readProcStat(pid) !== undefined) this.#unread.add(pid)
        continue
      }
      for (const inode of inodes) owners.set(inode, pid)
      if (inodes.length > 0) spaces.set(linkOf(`/proc/${pid}/ns/net`) ?? String(pid), pid)
    }
    this.#inside = 0
    for (const pid of spaces.values())
      for (const table of tables)
        for (const { inode, address, port } of peersIn(textOf(`/proc/${pid}/net/${table}`))) {
          const owner = owners.get(inode)
          if (owner === undefined) continue
          if (isLoopback(address)) this.#inside += 1
          else this.#note(owner, address, port)
        }
    this.#processes = pids.length
    this.#samples += 1
  }

  #note(pid: number, address: string, port: number): void {
    const program = textOf(`/proc/${pid}/comm`).trim()
    const key = `${program} ${address} ${port}`
    if (this.#seen.has(key) || this.#seen.size >= mostListed) return
    this.#seen.set(key, { program, address, port, seenAt: new Date().toISOString() })
  }
}

/** A process, those that name the folder, and everything below them. */
function treeOf(root: number, mark: string): readonly number[] {
  const children = new Map<number, number[]>()
  const marked: number[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = readProcStat(Number(name))?.parent
    if (textOf(`/proc/${name}/cmdline`).includes(mark)) marked.push(Number(name))
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = new Set([root, ...marked])
  // The set grows while it is walked.
  for (const pid of tree) for (const child of children.get(pid) ?? []) tree.add(child)
  return [...tree]
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
