import { rm } from 'node:fs/promises'
import { findEngine } from '../containers/find-engine.ts'
import { removeOurs } from '../containers/labels.ts'
import { mountsBelow } from '../containers/mounts.ts'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Folders } from '../machine/folders.ts'
import { checkOwnFolders } from '../machine/own-folders.ts'
import { type SessionLock, takeSessionLock } from '../machine/session-lock.ts'
import { endEarlierSession } from './leftovers.ts'

/**
 * Removes runs, keys, logs, registry data and leftovers; with `all` also the downloaded and built programs. Touches
 * nothing outside our folders and our label, and refuses while a session is running. Answers what it removed, in words.
 */
export async function clean(folders: Folders, all: boolean): Promise<Result<readonly string[]>> {
  const own = checkOwnFolders({ state: folders.state, cache: folders.cache }, { make: false })
  if (!own.ok) return own
  const lock = takeSessionLock(folders.runtime, folders.state)
  if (!lock.ok) return lock
  let done = false
  try {
    const cleaned = await cleanWith(lock.value, folders, all)
    done = cleaned.ok
    return cleaned
  } finally {
    // Otherwise it is gone with its folder, and a lock that is there now is another session's.
    if (!done) lock.value.release()
  }
}

async function cleanWith(lock: SessionLock, folders: Folders, all: boolean): Promise<Result<readonly string[]>> {
  const told = [...(await endEarlierSession(folders, lock))]
  const engine = await findEngine({})
  if (engine.ok) {
    const removed = await removeOurs(engine.value)
    if (!removed.ok) return removed
    const { images } = removed.value
    if (images.length > 0) told.push(`removed ${images.length} image(s)`)
  }
  const stayed = await mountsBelow(folders.state)
  if (stayed.length > 0) {
    // With something still mounted there, a removal would reach through it.
    return err(
      appError(
        'machine.still-mounted',
        'Something is still mounted in our state folder.',
        `Unmount it: umount ${stayed[0]}`,
        {
          expected: `nothing mounted below ${folders.state}`,
          found: stayed.join(', '),
        },
      ),
    )
  }
  for (const folder of [folders.state, folders.runtime, ...(all ? [folders.cache] : [])]) {
    await rm(folder, { recursive: true, force: true })
    told.push(`removed ${folder}`)
  }
  return ok(told)
}
