import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** The TCP ports on which a process listens, from /proc; empty when it is gone. */
export function listeningPorts(pid: number): readonly number[] {
  const lines = ['tcp', 'tcp6'].flatMap((table) =>
    attempt(() => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1), []),
  )
  const own = socketsOf(pid)
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(inode ?? ''))
    .map(([, address]) => Number.parseInt(address?.split(':')[1] ?? '', 16))
}

/** What a process listened on besides its expected ports, at any of many samples. Node opens its inspector late. */
export async function portsOpened(pid: number, own: readonly number[] = []): Promise<readonly number[]> {
  const seen = new Set<number>()
  for (let look = 0; look < 12; look += 1) {
    for (const port of listeningPorts(pid)) if (!own.includes(port)) seen.add(port)
    await delay(25)
  }
  return [...seen]
}

function socketsOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`
  const targets = attempt(() => readdirSync(folder), []).map((fd) => attempt(() => readlinkSync(`${folder}/${fd}`), ''))
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []))
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work()
  } catch {
    return otherwise
  }
}
