import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CgroupLine, parseCgroup } from './cgroup.ts'

/**
 * A process as /proc shows it: its cgroups, and its start time, which distinguishes it from a later one with the same
 * pid.
 */
export interface ProcessFacts {
  readonly startTime: string
  readonly cgroups: readonly CgroupLine[]
}

// All reads are synchronous: the kernel answers from memory, and a thread hand-over takes longer.

/** Reads a process's facts; undefined when there is none. */
export function readProcessFacts(procRoot: string, pid: number): ProcessFacts | undefined {
  const startTime = readStartTime(procRoot, pid)
  if (startTime === undefined) return undefined
  try {
    const cgroups = parseCgroup(readFileSync(join(procRoot, String(pid), 'cgroup'), 'utf8'))
    // Read again: between the two reads the pid may have been reused.
    return readStartTime(procRoot, pid) === startTime ? { startTime, cgroups } : undefined
  } catch {
    return undefined
  }
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); undefined when the process is gone, is ending, or is a zombie. */
export const readStartTime = (procRoot: string, pid: number): string | undefined => readStat(procRoot, pid)?.[19]

/** The pid of a process's parent; undefined when the process is gone. */
export function readParent(procRoot: string, pid: number): number | undefined {
  const parent = readStat(procRoot, pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** The session that a process belongs to (setsid(2)); undefined when the process is gone. */
export const readSession = (procRoot: string, pid: number): string | undefined => readStat(procRoot, pid)?.[3]

/** The kernel's mark of a process that is ending (PF_EXITING), in field 9. */
const ending = 0x4

/**
 * The fields of `/proc/<pid>/stat` from the third on. A process that is ending counts as gone: with cgroup v1 the
 * kernel reports it as in no container (kernel/cgroup, proc_cgroup_show), which must not be trusted.
 */
function readStat(procRoot: string, pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(join(procRoot, String(pid), 'stat'), 'utf8')
    // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const gone = fields[0] === 'Z' || fields[0] === 'X' || (Number(fields[6]) & ending) !== 0
    return gone ? undefined : fields
  } catch {
    return undefined
  }
}
