import { lstatSync, readlinkSync, realpathSync, rmdirSync, unlinkSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findEngine } from '../../containers/engine/find-engine.ts'
import { removeOurs } from '../../containers/labels.ts'
import { mountsBelow } from '../../containers/mounts.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError, isFileError } from '../../files/file-error.ts'
import { errorCode } from '../../files/read-regular.ts'
import type { Folders } from '../../machine/folders.ts'
import { checkOwnFolders } from '../../machine/own-folders.ts'
import { recordNames, type SessionLock, sessionStatus, takeSessionLock } from '../../machine/session-lock.ts'
import { endEarlierSession } from './leftovers.ts'

/**
 * Removes runs, keys, logs, registry data and stale state; with `all` also the downloaded and built programs. Touches
 * nothing outside our folders and our label, and refuses while a session is running. Returns what it removed, in words.
 */
export async function clean(folders: Folders, all: boolean): Promise<Result<readonly string[]>> {
  const own = checkOwnFolders({ state: folders.state, cache: folders.cache }, { make: false })
  if (!own.ok) return own
  const lock = await takeSessionLock(folders.runtime, folders.state)
  if (!lock.ok) return lock
  try {
    const cleaned = await cleanWith(lock.value, folders, all)
    if (!cleaned.ok) return cleaned
    // Last: with its record gone, another session may come in.
    lock.value.release()
    return ok([...cleaned.value, ...foldersOf(folders, all).map((folder) => removeFolder(folder, folders))])
  } catch (error) {
    if (!isFileError(error)) throw error
    return err(cannotRemove(error, folders.state))
  } finally {
    lock.value.release()
  }
}

const foldersOf = ({ state, runtime, cache }: Folders, all: boolean): readonly string[] => [
  ...new Set([state, runtime, ...(all ? [cache] : [])]),
]

async function cleanWith(lock: SessionLock, folders: Folders, all: boolean): Promise<Result<readonly string[]>> {
  const report = [...(await endEarlierSession(folders, lock))]
  const engine = await findEngine({})
  if (engine.ok) {
    const removed = await removeOurs(engine.value)
    if (!removed.ok) return removed
    const { images } = removed.value
    if (images.length > 0) report.push(`removed ${images.length} image(s)`)
  }
  const ours = foldersOf(folders, all)
  for (const folder of ours) {
    const stayed = await mountsBelow(folder)
    if (stayed.length > 0) return err(stillMounted(folder, stayed))
  }
  // Two of them may be the same folder: the records stay in each until the lock is released.
  for (const folder of ours) {
    if (isLink(folder)) continue
    const entries = await readdir(folder).catch(noFolder)
    const records = entries.length === 0 ? [] : recordsIn(folder, folders)
    for (const entry of entries) {
      if (!records.includes(entry)) await rm(join(folder, entry), { recursive: true, force: true })
    }
  }
  return ok(report)
}

/** The names of this session's records in a folder, and of their file locks. */
const recordsIn = (folder: string, { runtime, state }: Folders): readonly string[] =>
  Object.entries({ [recordNames.runtime]: runtime, [recordNames.state]: state })
    .filter(([, where]) => realpathSync(where) === realpathSync(folder))
    .flatMap(([name]) => [name, `${name}.lock`])

function noFolder(error: unknown): readonly string[] {
  if (errorCode(error) === 'ENOENT') return []
  throw error
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true

/**
 * Removes a folder that has been emptied. Of a link only the link: its target may be other data of the user. Returns
 * what it did, in words.
 */
function removeFolder(folder: string, { runtime, state }: Folders): string {
  if (isLink(folder)) {
    const target = readlinkSync(folder)
    unlinkSync(folder)
    return `removed the link ${folder}, and left all that is in ${target}`
  }
  try {
    rmdirSync(folder)
    return `removed ${folder}`
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return `removed ${folder}`
    if (errorCode(error) !== 'ENOTEMPTY') throw error
    const why = sessionStatus(runtime, state) === 'held' ? 'another session uses it by now' : 'something new is in it'
    return `removed what was in ${folder}, but not the folder: ${why}`
  }
}

const cannotRemove = (error: NodeJS.ErrnoException, state: string) =>
  appError(
    'machine.cannot-remove',
    'Not everything could be removed.',
    'Give this user write permission there, or remove it with sudo where it belongs to root. Then clean again.',
    { expected: 'everything in our folders can be removed', found: describeFileError(error, error.path ?? state) },
  )

/** With something still mounted there, a removal would reach through it. */
const stillMounted = (folder: string, mounts: readonly string[]) =>
  appError('machine.still-mounted', 'Something is still mounted in our folders.', `Unmount it: umount ${mounts[0]}`, {
    expected: `nothing mounted below ${folder}`,
    found: mounts.join(', '),
  })
