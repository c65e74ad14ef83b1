import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CgroupLine, parseCgroup } from './cgroup.ts'

/** A process as /proc shows it: its cgroups, and its start time, which tells it from a later one of the same pid. */
export interface ProcessFacts {
  readonly startTime: string
  readonly cgroups: readonly CgroupLine[]
}

/** Reads a process's facts; undefined when there is none. */
export async function readProcessFacts(procRoot: string, pid: number): Promise<ProcessFacts | undefined> {
  const startTime = await readStartTime(procRoot, pid)
  if (startTime === undefined) return undefined
  try {
    const cgroups = parseCgroup(await readFile(join(procRoot, String(pid), 'cgroup'), 'utf8'))
    // Read again: between the two reads the pid may have become somebody else's.
    return (await readStartTime(procRoot, pid)) === startTime ? { startTime, cgroups } : undefined
  } catch {
    return undefined
  }
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); undefined when the process is gone or only a zombie. */
export async function readStartTime(procRoot: string, pid: number): Promise<string | undefined> {
  return (await readStat(procRoot, pid))?.[19]
}

/** The pid of a process's parent; undefined when the process is gone. */
export async function readParent(procRoot: string, pid: number): Promise<number | undefined> {
  const parent = (await readStat(procRoot, pid))?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** The fields of `/proc/<pid>/stat` from the third on. */
async function readStat(procRoot: string, pid: number): Promise<readonly string[] | undefined> {
  try {
    const stat = await readFile(join(procRoot, String(pid), 'stat'), 'utf8')
    // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields
  } catch {
    return undefined
  }
}
