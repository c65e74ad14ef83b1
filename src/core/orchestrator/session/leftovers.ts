import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findEngine } from '../../containers/engine/find-engine.ts'
import {
  cleanPrivateEngine,
  endEngineContainers,
  findEngineLeftovers,
} from '../../containers/engine/private-engine-leftovers.ts'
import { removeContainers } from '../../containers/labels.ts'
import { type Folders, places } from '../../machine/folders.ts'
import type { SessionLock } from '../../machine/session-lock.ts'
import { endLeftovers } from '../../process/leftovers.ts'

/**
 * Ends what a crashed session left: services, a private engine with its mounts, our containers in a running engine,
 * sockets and key files. Call it while holding the session lock. Returns what there was, in words.
 */
export async function endEarlierSession(
  folders: Folders,
  { crashed, unproved }: Pick<SessionLock, 'crashed' | 'unproved'>,
): Promise<readonly string[]> {
  const report: string[] = []
  if (unproved !== null) report.push(`left ${unproved} alone: it does not say that the crashed session used it`)
  const states = new Set([folders.state, crashed ?? folders.state])
  // Containers first: an engine that is being stopped waits for them.
  for (const state of states) {
    await endEngineContainers({ folder: places({ ...folders, state }).engine, runtimeDir: folders.runtime })
  }
  const services = await endLeftovers(places(folders).pids)
  for (const { id, pids } of services) report.push(`ended ${id} (pid ${pids.join(', ')})`)
  for (const state of states) {
    report.push(...(await endPrivateEngine({ ...folders, state })))
    await rm(places({ ...folders, state }).spire, { recursive: true, force: true })
  }
  report.push(...(await endContainers()))
  await removeSockets(folders.runtime)
  return report
}

/** Sockets without a listener, with the key files and configuration beside them. */
async function removeSockets(runtimeDir: string): Promise<void> {
  for (const name of await readdir(runtimeDir)) {
    if (name !== 'spire' && name !== 'sandbox' && !/^open-[0-9a-f]+\.sock$/.test(name)) continue
    await rm(join(runtimeDir, name), { recursive: true, force: true })
  }
}

async function endPrivateEngine(folders: Folders): Promise<readonly string[]> {
  const where = { folder: places(folders).engine, runtimeDir: folders.runtime }
  const { pids, mounts } = await findEngineLeftovers(where)
  const stayed = await cleanPrivateEngine(where)
  return [
    ...(pids.length > 0 ? [`ended ${pids.length} process(es) of containers`] : []),
    ...(mounts.length > 0 ? [`took away ${mounts.length - stayed.length} of ${mounts.length} mount(s)`] : []),
  ]
}

/**
 * Containers in an engine that is not ours and keeps running. No engine, nothing to remove. The images stay for a run
 * that is resumed; they are removed when this session ends.
 */
async function endContainers(): Promise<readonly string[]> {
  const engine = await findEngine({})
  if (!engine.ok) return []
  const ours = await removeContainers(engine.value)
  if (!ours.ok || ours.value.containers.length === 0) return []
  return [`removed ${ours.value.containers.length} container(s)`]
}
