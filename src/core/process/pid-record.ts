import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile, unlink } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { parseJson } from '../domain/json.ts'
import { checkOwnFolder } from '../files/own-folder.ts'
import { readRegularText } from '../files/read-regular.ts'
import { readProcStat } from './proc-stat.ts'

/** The environment variable by which whatever a service started is recognised, even outside its process group. */
export const markVariable = 'SIGSTORE_ATTESTOR_SERVICE'

const recordSchema = z.object({
  id: z.string().regex(/^[^/\0]{1,255}$/),
  // 0 and negative numbers are process groups, 1 is init.
  pid: z
    .number()
    .int()
    .min(2)
    .max(2 ** 22),
  /**
   * Field 22 of /proc/pid/stat: clock ticks since boot. With the boot id it distinguishes a process from a later one
   * with the same pid.
   */
  startTime: z.string().max(100),
  bootId: z.string().max(100),
  program: z.string().max(4096),
  mark: z.string().min(16).max(100),
})
const maxRecordBytes = 16 * 1024

/** The stored record of a running service, so that the next start of the app finds it after a crash. */
export type PidRecord = z.infer<typeof recordSchema>

/** A value that only this service and its children carry in their environment. */
export const newMark = (): string => randomUUID()

/** Writes the record beside the others, atomically; returns its file. Synchronous: no gap after the start. */
export function writePidRecord(folder: string, record: PidRecord): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${record.id}.${record.pid}.json`)
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return file
}

/** Removes a record; one that is gone already is fine. */
export const removePidRecord = (file: string): void => rmSync(file, { force: true })

/**
 * All records of a folder; empty if the folder is not ours alone, so that no other user can have a process ended. A
 * file that is not a record is removed, for the same reason; a directory of such a name stays.
 */
export async function readPidRecords(folder: string): Promise<{ file: string; record: PidRecord }[]> {
  const rules = { what: 'folder of process records', elsewhere: '', secret: true, make: false }
  const own = checkOwnFolder(folder, rules)
  if (!own.ok || own.value === 'missing') return []
  const names = await readdir(folder).catch(() => [])
  const records: { file: string; record: PidRecord }[] = []
  for (const name of names.filter((name) => /\.json(\.new)?$/.test(name))) {
    const file = join(folder, name)
    const text = readRegularText(file, { maxBytes: maxRecordBytes, noFollow: true, protected: true })
    const parsed = recordSchema.safeParse(text.ok ? parseJson(text.value) : undefined)
    if (parsed.success) records.push({ file, record: parsed.data })
    else await unlink(file).catch(() => undefined)
  }
  return records
}

/**
 * Whether the process is the recorded one and may be signalled: pid, start time and boot are the recorded ones, it runs
 * as this user, and it carries the mark or runs the recorded program. Root could signal every process, so a pid alone
 * is never enough.
 */
export async function isRecorded(record: PidRecord): Promise<boolean> {
  if (record.bootId !== bootId() || readProcStat(record.pid)?.startTime !== record.startTime) return false
  if (!isOurs(record.pid)) return false
  return (await hasMark(record.pid, record.mark)) || executableOf(record.pid) === record.program
}

/** Whether a process is one of this user, and neither this program itself nor init. */
function isOurs(pid: number): boolean {
  if (pid < 2 || pid === process.pid) return false
  try {
    // proc_pid_status(5): real, effective, saved and file system user.
    const [, real] = /^Uid:\t(\d+)\t/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(real) === process.getuid?.()
  } catch {
    return false
  }
}

async function hasMark(pid: number, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  return environment.split('\0').includes(`${markVariable}=${mark}`)
}

function executableOf(pid: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')
    return isAbsolute(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Identifies this boot of the machine: start times count from it. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

/**
 * The pids of this user's living processes that carry the mark. Other users can set the variable too, and root could
 * read and signal their processes: they never count.
 */
export async function markedProcesses(mark: string, since = '0'): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const pids = since === '0' ? all : all.filter((pid) => Number(readProcStat(pid)?.startTime ?? 0) >= Number(since))
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await hasMark(pid, mark)) && isOurs(pid) && readProcStat(pid) !== undefined ? pid : undefined,
    ),
  )
  return found.filter((pid) => pid !== undefined)
}

/**
 * Ends every living process that carries the mark, also outside of its leader's group and session. Repeats until none
 * is left, because a process may fork while the others are read. `since` is the leader's start time, if it is known:
 * older processes are not its children, and their environments need not be read.
 */
export async function endMarked(mark: string, since = '0'): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const pids = await markedProcesses(mark, since)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // ESRCH: it ended in the meantime.
      }
    }
    await delay(10)
  }
}
