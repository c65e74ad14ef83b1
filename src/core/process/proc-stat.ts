import { readFileSync } from 'node:fs'

/** What the kernel says about a process in `/proc/<pid>/stat` (proc(5)). */
export interface ProcStat {
  readonly parent: number
  readonly group: number
  /** The session that it belongs to (setsid(2)). */
  readonly session: string
  /** Field 22: clock ticks since boot. */
  readonly startTime: string
  /** The kernel has begun to end it (PF_EXITING). */
  readonly ending: boolean
}

const exitingFlag = 0x4

/** Reads it for a process; undefined when there is none, or only a zombie. `procRoot`: where `/proc` is mounted. */
export function readProcStat(pid: number, procRoot = '/proc'): ProcStat | undefined {
  let stat: string
  try {
    stat = readFileSync(`${procRoot}/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session] = fields
  const [flags, startTime] = [fields[6], fields[19]]
  if (state === undefined || session === undefined || startTime === undefined || state === 'Z' || state === 'X') {
    return undefined
  }
  const ending = (Number(flags) & exitingFlag) !== 0
  return { parent: Number(parent), group: Number(group), session, startTime, ending }
}
