import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcStat, readProcStat } from '../../process/proc-stat.ts'
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

/** When a process started; undefined when it is gone, is ending, or is only a zombie. */
export const readStartTime = (procRoot: string, pid: number): string | undefined => readLiving(procRoot, pid)?.startTime

/** The pid of a process's parent; undefined when the process is gone. */
export const readParent = (procRoot: string, pid: number): number | undefined => readLiving(procRoot, pid)?.parent

/** The session that a process belongs to (setsid(2)); undefined when the process is gone. */
export const readSession = (procRoot: string, pid: number): string | undefined => readLiving(procRoot, pid)?.session

/**
 * A process that is ending counts as gone: with cgroup v1 the kernel reports it as one of no container (kernel/cgroup,
 * proc_cgroup_show), which must not be trusted.
 */
function readLiving(procRoot: string, pid: number): ProcStat | undefined {
  const stat = readProcStat(pid, procRoot)
  return stat?.ending === true ? undefined : stat
}
