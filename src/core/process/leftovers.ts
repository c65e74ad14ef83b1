import { setTimeout as delay } from 'node:timers/promises'
import { signalGroup } from './command.ts'
import { isRecorded, markedProcesses, readPidRecords, removePidRecord } from './pid-record.ts'
import { readProcStat } from './proc-stat.ts'

/** A service of an app that is gone, with its processes that are still alive. */
export interface Leftover {
  readonly id: string
  readonly program: string
  /** The service itself, or undefined when only its children are alive. */
  readonly leader: number | undefined
  readonly pids: readonly number[]
  readonly recordFile: string
}

/**
 * The services that a crashed app left behind, newest first. A process of this user counts only when it is the recorded
 * one, or when it carries the service's own mark. Call it only while holding the session lock: the services of a living
 * session look the same.
 */
export async function findLeftovers(pidFolder: string): Promise<Leftover[]> {
  const found: { since: number; leftover: Leftover }[] = []
  for (const { file, record } of await readPidRecords(pidFolder)) {
    const leader = (await isRecorded(record)) ? record.pid : undefined
    const pids = new Set(await markedProcesses(record.mark))
    if (leader !== undefined) pids.add(leader)
    if (pids.size === 0) continue
    const { id, program } = record
    found.push({
      since: Number(record.startTime),
      leftover: { id, program, leader, pids: [...pids], recordFile: file },
    })
  }
  return found.sort((a, b) => b.since - a.since).map(({ leftover }) => leftover)
}

/**
 * Ends what a crashed app left behind, newest first: SIGTERM, a wait of at most `graceMs` each, SIGKILL. Removes the
 * records, also those whose processes are gone. Returns what was ended.
 */
export async function endLeftovers(pidFolder: string, graceMs = 5_000): Promise<Leftover[]> {
  const leftovers = await findLeftovers(pidFolder)
  for (const { leader, pids } of leftovers) await endProcesses(leader, pids, graceMs)
  for (const { file } of await readPidRecords(pidFolder)) removePidRecord(file)
  return leftovers
}

async function endProcesses(leader: number | undefined, pids: readonly number[], graceMs: number): Promise<void> {
  // Start times are taken now, so that a reused pid is not signalled.
  const known = pids.map((pid) => ({ pid, startTime: readProcStat(pid)?.startTime }))
  const alive = (): number[] =>
    known
      .filter(({ pid, startTime }) => startTime !== undefined && readProcStat(pid)?.startTime === startTime)
      .map(({ pid }) => pid)
  const signalAll = (signal: NodeJS.Signals): void => {
    const living = alive()
    if (leader !== undefined && living.includes(leader)) signalGroup(leader, signal)
    for (const pid of living) signalProcess(pid, signal)
  }
  signalAll('SIGTERM')
  const deadline = performance.now() + graceMs
  while (alive().length > 0 && performance.now() < deadline) await delay(20)
  signalAll('SIGKILL')
  while (alive().length > 0 && performance.now() < deadline + 5_000) await delay(10)
}

/** Sends a signal to one process; one that is gone already is fine. Never to a group, init or this process. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  if (pid < 2 || pid === process.pid) return
  try {
    process.kill(pid, signal)
  } catch {
    // ESRCH: it ended in the meantime.
  }
}
