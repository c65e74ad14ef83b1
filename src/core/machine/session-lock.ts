import { lstatSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import { lock } from 'proper-lockfile'
import { z } from 'zod'
import { type AppError, appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { describeFileError, isFileError } from '../files/file-error.ts'
import { errorCode, readRegularText } from '../files/read-regular.ts'
import { bootId } from '../process/pid-record.ts'
import { readProcStat } from '../process/proc-stat.ts'
import { checkOwnFolders } from './own-folders.ts'

const holderSchema = z.object({
  // In a container this program can be pid 1 itself. A holder is inspected and never signalled.
  pid: z.number().int().positive(),
  startTime: z.string().max(100),
  bootId: z.string().max(100),
  state: z
    .string()
    .max(4096)
    .refine((path) => isAbsolute(path) && normalize(path) === path && !path.includes('\0')),
})
type Holder = z.infer<typeof holderSchema>
const maxBytes = 16 * 1024

export interface SessionLock {
  /** The state folder of a session that held the lock and is gone without releasing it. */
  readonly crashed: string | null
  /** A state folder that such a lock names, without a matching record in it. Nothing in it may be touched. */
  readonly unproved: string | null
  readonly release: () => void
}

/**
 * Takes the one session of this machine and user, in folders that are this user's alone. A lock whose holder is gone
 * (by pid, start time and boot) is taken over at once; a living holder is an error that names it. A lock that cannot be
 * written is an error as well, and nothing of it stays.
 */
export async function takeSessionLock(runtime: string, state: string): Promise<Result<SessionLock>> {
  const own = checkOwnFolders({ runtime, state }, { make: true })
  if (!own.ok) return own
  const mine = { pid: process.pid, startTime: readProcStat(process.pid)?.startTime ?? '', bootId: bootId(), state }
  try {
    // One process at a time compares and replaces the records; these decide who holds the session.
    return await alone(lockFile(runtime), () =>
      alone(noteFile(state), async () => replaceRecord(lockFile(runtime), mine)),
    )
  } catch (error) {
    if (errorCode(error) === 'ELOCKED') return err(held(undefined))
    if (isFileError(error)) return err(unwritable(runtime, error))
    throw error
  }
}

/** Runs the work while no other process does any for the same file. ELOCKED is thrown if others keep doing so. */
async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  const leave = await lock(file, {
    realpath: false,
    stale: 5_000,
    retries: { retries: 100, factor: 1, minTimeout: 50, maxTimeout: 100, randomize: true },
    onCompromised: () => undefined,
  })
  try {
    return await work()
  } finally {
    await leave().catch(() => undefined)
  }
}

/** Writes our record if there is none, or garbage, or one whose holder is gone. */
function replaceRecord(file: string, mine: Holder): Result<SessionLock> {
  const holder = readHolder(file)
  if (!holder.ok) return err(unusableLock(file, holder.error))
  const note = noteFile(mine.state)
  // A session with another runtime folder (a login without XDG_RUNTIME_DIR) has another lock, and may use this state.
  const user = readHolder(note)
  for (const each of [holder.value, user.ok ? user.value : undefined]) {
    if (each !== undefined && lives(each)) return err(held(each.pid))
  }
  writeWhole(file, mine)
  const before = holder.value
  const crashed = before !== undefined && isStateOf(before, mine.state)
  try {
    writeWhole(note, mine)
  } catch (error) {
    release(mine, file)
    throw error
  }
  const left = before?.state ?? null
  return ok({
    crashed: crashed ? left : null,
    unproved: crashed ? null : left,
    release: () => release(mine, file, note),
  })
}

/** A full disk leaves no empty record behind: that would look like a lock without a holder. */
function writeWhole(file: string, holder: Holder): void {
  const whole = `${file}.${process.pid}`
  try {
    rmSync(whole, { force: true })
    writeFileSync(whole, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    renameSync(whole, file)
  } catch (error) {
    rmSync(whole, { force: true })
    throw error
  }
}

/**
 * The state of the last session of this machine and user: `held` by a living process, also by one with another runtime
 * folder that uses this state folder; `crashed`; or neither. In a folder that is not ours nothing is read: taking the
 * lock reports why.
 */
export function sessionStands(runtime: string, state: string): 'held' | 'crashed' | 'free' {
  const file = lockFile(runtime)
  if (checkOwnFolders({ state }, { make: false }).ok) {
    const user = readHolder(noteFile(state))
    if (user.ok && user.value !== undefined && lives(user.value)) return 'held'
  }
  if (!checkOwnFolders({ runtime }, { make: false }).ok) return 'free'
  try {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return 'free'
  } catch {
    return 'free'
  }
  const holder = readHolder(file)
  return holder.ok && holder.value !== undefined && lives(holder.value) ? 'held' : 'crashed'
}

const lockFile = (runtime: string): string => join(runtime, 'session.lock')
/** Records in the state folder which session uses it: without that, no lock can have anything removed there. */
const noteFile = (state: string): string => join(state, 'session.json')

const lives = (holder: Holder): boolean =>
  holder.bootId === bootId() && readProcStat(holder.pid)?.startTime === holder.startTime

/** Whether the state folder that a lock names is this session's own, or is ours and names the same session. */
function isStateOf(holder: Holder, mine: string): boolean {
  if (holder.state === mine) return true
  const own = checkOwnFolders({ state: holder.state }, { make: false })
  if (!own.ok) return false
  const noted = readHolder(noteFile(holder.state))
  return noted.ok && JSON.stringify(noted.value) === JSON.stringify(holder)
}

/**
 * The holder that a lock names; undefined if there is no lock (any more) or it is garbage, so that it has no holder.
 */
function readHolder(file: string): Result<Holder | undefined> {
  const text = readRegularText(file, { maxBytes, noFollow: true, protected: true })
  if (!text.ok) return text.error.code === 'machine.file-missing' ? ok(undefined) : text
  return ok(holderSchema.safeParse(parseJson(text.value)).data)
}

/** Removes our records. One that belongs to another session by now stays. */
function release(mine: Holder, ...files: readonly string[]): void {
  for (const file of files) {
    const holder = readHolder(file)
    if (!holder.ok || JSON.stringify(holder.value) !== JSON.stringify(mine)) continue
    try {
      unlinkSync(file)
    } catch {
      // Removed by a clean-up together with its folder.
    }
  }
}

const unusableLock = (file: string, { expected, found }: AppError): AppError =>
  appError(
    'machine.lock-unusable',
    'The lock of the session cannot be used.',
    `Look at it, then remove it: rm -rf '${file}'`,
    { expected: `${file}: ${expected ?? 'a regular file'}`, found },
  )

const unwritable = (runtime: string, error: NodeJS.ErrnoException): AppError =>
  appError(
    'machine.lock-unusable',
    'The lock of the session cannot be written.',
    'Give write permission there, make room on that disk, or set XDG_RUNTIME_DIR and XDG_STATE_HOME to other folders.',
    { expected: `files can be written below ${runtime}`, found: describeFileError(error, error.path ?? runtime) },
  )

const held = (pid: number | undefined) =>
  appError(
    'machine.session-held',
    'Another session of this program is running on this machine.',
    pid === undefined
      ? 'End the other session, then start again.'
      : `End it (Ctrl-C in its terminal, or: kill ${pid}), then start again.`,
    {
      expected: 'no other session',
      found: pid === undefined ? 'other processes keep taking the lock' : `process ${pid}`,
    },
  )
