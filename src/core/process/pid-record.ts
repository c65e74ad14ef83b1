import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** The environment variable by which whatever a service started is recognised, even outside its process group. */
export const markVariable = 'SIGSTORE_ATTESTOR_SERVICE'

const recordSchema = z.object({
  id: z.string(),
  pid: z.number().int().positive(),
  /** Field 22 of /proc/pid/stat: clock ticks since boot. With the boot id it tells a process from a later one of the same pid. */
  startTime: z.string(),
  bootId: z.string(),
  program: z.string(),
  mark: z.string().min(16),
})

/** What is kept on disk about a running service, so that the next start of the app finds it after a crash. */
export type PidRecord = z.infer<typeof recordSchema>

/** A value that only this service and what it starts carries in its environment. */
export const newMark = (): string => randomUUID()

/** Writes the record beside the others, complete or not at all; answers its file. Synchronous: no gap after the start. */
export function writePidRecord(folder: string, record: PidRecord): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${record.id}.${record.pid}.json`)
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return file
}

/** Removes a record; one that is gone already is fine. */
export const removePidRecord = (file: string): void => rmSync(file, { force: true })

/** All records of a folder. A file that is no record is removed: nothing may be ended because of it. */
export async function readPidRecords(folder: string): Promise<{ file: string; record: PidRecord }[]> {
  const names = await readdir(folder).catch(() => [])
  const records: { file: string; record: PidRecord }[] = []
  for (const name of names.filter((name) => /\.json(\.new)?$/.test(name))) {
    const file = join(folder, name)
    const parsed = recordSchema.safeParse(parseJson(await readFile(file, 'utf8').catch(() => '')))
    if (parsed.success) records.push({ file, record: parsed.data })
    else await rm(file, { force: true })
  }
  return records
}

/** Identifies this boot of the machine: start times count from it. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

/** State, process group and start time of a process, or undefined when there is none (or only a zombie). */
export function readProcess(pid: number): { group: number; startTime: string } | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // proc(5): the second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, , group] = fields
  const startTime = fields[19]
  if (state === undefined || group === undefined || startTime === undefined || state === 'Z' || state === 'X') {
    return undefined
  }
  return { group: Number(group), startTime }
}

/** The pids of the living processes that carry the mark; those of other users cannot be read and are left alone. */
export async function markedProcesses(mark: string): Promise<number[]> {
  const wanted = `${markVariable}=${mark}`
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    names.map(async (name) => {
      const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
      return environment.split('\0').includes(wanted) && readProcess(Number(name)) ? Number(name) : undefined
    }),
  )
  return found.filter((pid) => pid !== undefined)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
