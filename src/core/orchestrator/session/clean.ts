import { readlink, rm } from 'node:fs/promises'
import { findEngine } from '../../containers/engine/find-engine.ts'
import { removeOurs } from '../../containers/labels.ts'
import { mountsBelow } from '../../containers/mounts.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Folders } from '../../machine/folders.ts'
import { checkOwnFolders } from '../../machine/own-folders.ts'
import { type SessionLock, takeSessionLock } from '../../machine/session-lock.ts'
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
  let done = false
  try {
    const cleaned = await cleanWith(lock.value, folders, all)
    done = cleaned.ok
    return cleaned
  } finally {
    // Otherwise it was removed with its folder, and a lock that exists now is another session's.
    if (!done) lock.value.release()
  }
}

async function cleanWith(lock: SessionLock, folders: Folders, all: boolean): Promise<Result<readonly string[]>> {
  const report = [...(await endEarlierSession(folders, lock))]
  const engine = await findEngine({})
  if (engine.ok) {
    const removed = await removeOurs(engine.value)
    if (!removed.ok) return removed
    const { images } = removed.value
    if (images.length > 0) report.push(`removed ${images.length} image(s)`)
  }
  const ours = [folders.state, folders.runtime, ...(all ? [folders.cache] : [])]
  for (const folder of ours) {
    const stayed = await mountsBelow(folder)
    if (stayed.length > 0) return err(stillMounted(folder, stayed))
  }
  for (const folder of ours) {
    // Of a link only the link is removed: its target may be other data of the user. What is left has to be reported.
    const target = await readlink(folder).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
    report.push(
      target === undefined ? `removed ${folder}` : `removed the link ${folder}, and left all that is in ${target}`,
    )
  }
  return ok(report)
}

/** With something still mounted there, a removal would reach through it. */
const stillMounted = (folder: string, mounts: readonly string[]) =>
  appError('machine.still-mounted', 'Something is still mounted in our folders.', `Unmount it: umount ${mounts[0]}`, {
    expected: `nothing mounted below ${folder}`,
    found: mounts.join(', '),
  })
