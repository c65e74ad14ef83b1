import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import getPort from 'get-port'
import { type AppError, appError } from '../domain/app-error.ts'

/** Who listens on a port, as far as /proc shows it to us. */
export interface PortHolder {
  readonly port: number
  /** Absent when the process belongs to another user. */
  readonly pid?: number
  /** The program's name, as the kernel has it. */
  readonly program?: string
  readonly command?: string
}

/** A port on 127.0.0.1 that is free now. Not returned again by this process for a short while. */
export const freePort = (): Promise<number> => getPort({ host: '127.0.0.1' })

/**
 * A free port to be kept permanently. It lies below the range from which Linux gives ports to outgoing connections
 * (32768 and up), so that no such connection can conflict later.
 */
export async function lastingPort(): Promise<number> {
  const candidates = Array.from({ length: 50 }, () => 20_000 + Math.floor(Math.random() * 10_000))
  return getPort({ host: '127.0.0.1', port: candidates })
}

/**
 * Why a server cannot listen on this port, with its holder, or undefined when it can. `everywhere` tests all
 * interfaces, which some programs insist on; otherwise both loopback addresses are tested, because `localhost` may mean
 * either.
 */
export async function portTaken(port: number, purpose: string, everywhere = false): Promise<AppError | undefined> {
  const hosts = everywhere ? ['0.0.0.0', '::'] : ['127.0.0.1', '::1']
  for (const host of hosts) {
    if (await canListen(port, host)) continue
    const holder = await portHolder(port)
    return appError(
      'machine.port-taken',
      `Port ${port}, which is needed for ${purpose}, is taken.`,
      holder?.pid === undefined
        ? `Find out who listens on port ${port} (\`sudo ss -ltnp 'sport = :${port}'\`), end that program, and start again.`
        : `Look at ${holder.program ?? 'that program'}, process ${holder.pid} (\`ps -fp ${holder.pid}\`). When nothing needs it, end it (\`kill ${holder.pid}\`), and start again.`,
      { expected: `port ${port} free for ${purpose}`, found: describeHolder(holder) },
    )
  }
  return undefined
}

/** The holder in words. */
const describeHolder = (holder: PortHolder | undefined): string =>
  holder?.pid === undefined
    ? 'held by a process that this user cannot see'
    : `held by process ${holder.pid} (${holder.command ?? 'unknown command'})`

/** The process that listens on a TCP port, or undefined. Reads /proc/net/tcp and /proc/<pid>/fd. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode === undefined || !inodes.has(inode)) continue
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      const program = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
      return {
        port,
        pid: Number(pid),
        ...(program === '' ? {} : { program }),
        command: command.split('\0').join(' ').trim().slice(0, 200),
      }
    }
  }
  return { port }
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const line of lines) {
      // proc_net_tcp: sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode; state 0A is LISTEN.
      const fields = line.trim().split(/\s+/)
      if (fields[3] === '0A' && fields[1]?.endsWith(`:${wanted}`) && fields[9] !== undefined) inodes.add(fields[9])
    }
  }
  return inodes
}

const canListen = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has no such address: nothing can hold the port there.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'),
    )
    server.listen({ port, host, exclusive: true, ipv6Only: true }, () => server.close(() => resolve(true)))
  })
