import { existsSync, readFileSync } from 'node:fs'
import type { LaunchFacts, StartFacts } from '../../../containers/inspect/launch-facts.ts'
import { parseMountTable } from './mount-table.ts'
import { notASocket, objectionToMounts } from './mounts.ts'
import { type DockerOptions, type EngineQuestion, type Objection, unknown } from './objection.ts'
import { originOf } from './origin.ts'
import { otherStart } from './program.ts'

/** Added to a finding when an ordinary user's plugin made it. */
export const byEngineWords =
  ' (as the engine reports it: without root, files and the running program cannot be checked)'

/**
 * The checks that are possible for a plugin of an ordinary user. The kernel shows it a container's mounts, parents,
 * sessions and capabilities, but no files, no running program and no namespaces of other users' processes. Instead the
 * engine reports which paths changed and which containers share the process namespace. What the engine cannot show
 * counts as a change: a folder of the image above a mount point, and a mount over anything that the image has.
 */
export async function lookByEngine(
  question: EngineQuestion & { readonly launch: LaunchFacts; readonly image: StartFacts },
  { docker, signal, procFolder, mounts }: DockerOptions,
): Promise<Objection> {
  const { pid, container, launch, image } = question
  const changes = await docker.changes(container.id, signal())
  if (!changes.ok) return unknown(changes.error)
  if (changes.value === undefined) return { found: 'more changed files than are read' }
  const companions = await docker.companions(container, signal())
  if (!companions.ok) return unknown(companions.error)
  if (companions.value !== undefined) {
    return { found: `another container shares the process namespace: ${companions.value}` }
  }
  try {
    const { initPid } = container
    // User ids as outside: no user namespace.
    if (readFileSync(`${procFolder}/${initPid}/uid_map`, 'utf8') !== readFileSync('/proc/self/uid_map', 'utf8')) {
      return { found: 'the container has a user namespace of its own, so what it sees cannot be compared' }
    }
    const table = parseMountTable(readFileSync(`${procFolder}/${initPid}/mountinfo`, 'utf8'))
    const added = new Set(changes.value.filter(({ kind }) => kind === 'added').map(({ path }) => path))
    const points = table.map(({ target }) => target)
    const expected = (path: string): boolean => points.some((each) => each === path || each.startsWith(`${path}/`))
    const change = changes.value.find(({ path, kind }) => kind !== 'added' || !expected(path))
    const found =
      otherStart(launch, image, { engine: container.engine, homes: ['', '/', '/root'] }) ??
      objectionToMounts({
        launch,
        image,
        engine: container.engine,
        table,
        allowed: mounts,
        layers: undefined,
        added,
        // The kernel is the same for both.
        exists: (path) => existsSync(path),
        isFolder: () => false,
        otherThanSockets: (target) =>
          notASocket(launch.mounts.find((each) => each.target === target)?.source ?? target),
      }) ??
      (change && `changed since the image: ${change.path} (${change.kind})`)
    return found === undefined ? originOf({ procRoot: procFolder, pid, initPid }) : { found }
  } catch (error) {
    return {
      unknown: `the container cannot be looked at: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown'}`,
      remedy: 'Run the agent as root.',
    }
  }
}
