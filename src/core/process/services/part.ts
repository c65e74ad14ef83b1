import { readdir, readFile } from 'node:fs/promises'
import { readProcStat } from '../proc-stat.ts'
import type { Watched } from './health.ts'
import type { Service, ServiceExit } from './service.ts'

/** The polling interval: the end of a process that is not our child is not signalled to us. */
const lookEveryMs = 100

/**
 * A process that a service has started and that does work of its own, to be watched like a service: the first child of
 * the service whose command line fits. Undefined when there is none. Its end is only unexpected while its service runs.
 */
export async function servicePart(
  service: Service,
  part: { readonly id: string; readonly is: (command: readonly string[]) => boolean },
): Promise<Watched | undefined> {
  for (const name of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const pid = Number(name)
    const found = readProcStat(pid)
    if (found?.parent !== service.pid) continue
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').slice(0, -1)
    if (part.is(command)) return watched(service, part.id, { pid, startTime: found.startTime, command })
  }
  return undefined
}

function watched(
  service: Service,
  id: string,
  { pid, startTime, command }: { pid: number; startTime: string; command: readonly string[] },
): Watched {
  const lives = (): boolean => readProcStat(pid)?.startTime === startTime
  const exited = new Promise<ServiceExit>((resolve) => {
    const end = (expected: boolean): void => {
      clearInterval(timer)
      resolve({ code: null, signal: null, expected, lastLines: service.lastLines() })
    }
    // When its service ends, before it or after it, only the end of the service is reported.
    const timer = setInterval(() => {
      if (!lives()) end(service.isStopping() || readProcStat(service.pid) === undefined)
    }, lookEveryMs).unref()
    void service.exited.then(() => end(true))
  })
  const check = async (): Promise<true | string> => lives() || 'it is not there any more'
  return { id, command, logFile: service.logFile, tookMs: service.tookMs, exited, check }
}
