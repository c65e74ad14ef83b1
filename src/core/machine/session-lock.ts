import { lstatSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize } from 'node:path'
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
 * Takes the session of a runtime folder and a state folder, which have to be this user's alone. Records whose holder is
 * gone (by pid, start time and boot) are replaced at once; a living holder of either folder is an error that names it.
 * Records that cannot be read or written are an error as well, and nothing of ours stays.
 */
export async function takeSessionLock(runtime: string, state: string): Promise<Result<SessionLock>> {
  for (let attempt = 1; ; attempt++) {
    const own = checkOwnFolders({ runtime, state }, { make: true })
    if (!own.ok) return own
    const mine = { pid: process.pid, startTime: readProcStat(process.pid)?.startTime ?? '', bootId: bootId(), state }
    try {
      // One process at a time compares and replaces the records; these decide who holds the session.
      return await withFileLock(lockRecord(runtime), () =>
        withFileLock(stateRecord(state), async () => replaceRecords(lockRecord(runtime), mine)),
      )
    } catch (error) {
      if (error instanceof FileLocked) return err(stayingLock(error))
      if (!isFileError(error)) throw error
      // Another process that cleans up may have removed a folder since it was checked.
      if (error.code !== 'ENOENT' || attempt === attempts) return err(unwritable(error, runtime))
    }
  }
}

const attempts = 3

/** Something is in the place of the file lock, and stays there. */
class FileLocked extends Error {
  /** Absolute. */
  readonly lock: string

  constructor(lock: string, cause: unknown) {
    super('a file lock stays', { cause })
    this.lock = lock
  }
}

/** Runs the work while no other process does any for the same file. Rejects with `FileLocked` if others keep doing so. */
async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lockfilePath = `${file}.lock`
  const leave = await lock(file, {
    lockfilePath,
    realpath: false,
    stale: 5_000,
    retries: { retries: 100, factor: 1, minTimeout: 50, maxTimeout: 100, randomize: true },
    onCompromised: () => undefined,
  }).catch((error: unknown) => {
    const isInItsPlace = ['ELOCKED', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(errorCode(error))
    throw isInItsPlace ? new FileLocked(lockfilePath, error) : error
  })
  try {
    return await work()
  } finally {
    await leave().catch(() => undefined)
  }
}

/** Writes our records if there are none, or garbage, or such whose holder is gone. */
function replaceRecords(file: string, mine: Holder): Result<SessionLock> {
  const inState = stateRecord(mine.state)
  const before = readHolder(file)
  if (!before.ok) return err(unusableLock(file, before.error))
  if (before.value !== undefined && lives(before.value)) return err(held(before.value.pid))
  // A session with another runtime folder (a login without XDG_RUNTIME_DIR) has another lock, and may use this state.
  const user = readHolder(inState)
  if (!user.ok) return err(unusableLock(inState, user.error))
  if (user.value !== undefined && lives(user.value)) return err(stateInUse(mine.state, user.value.pid))
  const left = before.value?.state ?? null
  // Before ours replaces the record that proves it: the lock may name this state folder by another path.
  const crashed = before.value !== undefined && isStateOf(before.value, mine.state)
  // The lock last: until then it says which state folder a crashed session used.
  writeWhole(inState, mine)
  try {
    writeWhole(file, mine)
  } catch (error) {
    release(mine, inState)
    throw error
  }
  return ok({
    crashed: crashed ? left : null,
    unproved: crashed ? null : left,
    release: () => release(mine, file, inState),
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
 * The state of the last session with these folders: `held` by a living process, also by one that uses the state folder
 * with another runtime folder; `crashed`; or neither. In a folder that is not ours nothing is read: taking the lock
 * reports why.
 */
export function sessionStatus(runtime: string, state: string): 'held' | 'crashed' | 'free' {
  const isOurs = (folder: { runtime: string } | { state: string }) => checkOwnFolders(folder, { make: false }).ok
  if (isOurs({ state }) && isHeld(stateRecord(state))) return 'held'
  const file = lockRecord(runtime)
  if (!isOurs({ runtime })) return 'free'
  try {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return 'free'
  } catch {
    return 'free'
  }
  return isHeld(file) ? 'held' : 'crashed'
}

function isHeld(file: string): boolean {
  const holder = readHolder(file)
  return holder.ok && holder.value !== undefined && lives(holder.value)
}

/** The names of both records. Whoever removes the contents of such a folder leaves them until the lock is released. */
export const recordNames = { runtime: 'session.lock', state: 'session.json' } as const

const lockRecord = (runtime: string): string => join(runtime, recordNames.runtime)
/**
 * Records in the state folder which session uses it: no other session gets the folder, and without a matching record no
 * lock of another state folder can have anything removed there.
 */
const stateRecord = (state: string): string => join(state, recordNames.state)

const lives = (holder: Holder): boolean =>
  holder.bootId === bootId() && readProcStat(holder.pid)?.startTime === holder.startTime

/** Whether the state folder that a lock names is this session's own, or is ours and names the same session. */
function isStateOf(holder: Holder, mine: string): boolean {
  if (holder.state === mine) return true
  const own = checkOwnFolders({ state: holder.state }, { make: false })
  if (!own.ok) return false
  const noted = readHolder(stateRecord(holder.state))
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

const stayingLock = ({ lock: path, cause }: FileLocked): AppError =>
  appError(
    errorCode(cause) === 'ELOCKED' ? 'machine.session-held' : 'machine.lock-unusable',
    'The lock of the session is not free.',
    `If another session is just starting, end it. If there is none, remove what is in the lock\u2019s place: rm -rf '${path}'`,
    { expected: `${path} is free within a few seconds`, found: 'something is there, and stays' },
  )

const unwritable = (error: NodeJS.ErrnoException, runtime: string): AppError => {
  const path = error.path ?? runtime
  return appError(
    'machine.lock-unusable',
    'The lock of the session cannot be written.',
    'Give write permission there, make room on that disk, or set XDG_RUNTIME_DIR and XDG_STATE_HOME to other folders.',
    { expected: `files can be written in ${dirname(path)}`, found: describeFileError(error, path) },
  )
}

const held = (pid: number) =>
  appError(
    'machine.session-held',
    'Another session of this program is running on this machine.',
    `End it (Ctrl-C in its terminal, or: kill ${pid}), then start again.`,
    { expected: 'no other session', found: `process ${pid}` },
  )

const stateInUse = (state: string, pid: number) =>
  appError(
    'machine.session-held',
    'Another session of this program uses this state folder.',
    `End it (Ctrl-C in its terminal, or: kill ${pid}), then start again. Two sessions need different XDG_STATE_HOME and XDG_RUNTIME_DIR.`,
    { expected: `no other session uses ${state}`, found: `process ${pid}` },
  )
