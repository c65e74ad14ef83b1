import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { containerOf, parseCgroup } from '../../core/attestor/processes/cgroup.ts'
import { findContainer } from '../../core/containers/inspect/inspect.ts'
import { type AppError, appError } from '../../core/domain/app-error.ts'

/**
 * Why the containers of an engine are not processes of ours, where that can be seen without starting one: this program
 * itself is a container of that engine, whose socket was mounted into it. Undefined when nothing speaks for that; the
 * story then tries it with a container.
 */
export async function ownContainerProblem(socket: string, signal: AbortSignal): Promise<AppError | undefined> {
  for (const id of ownNames()) {
    const found = await findContainer(socket, id, signal)
    if (!found.ok || !found.value.id.startsWith(id)) continue
    if (found.value.launch?.settings['PidMode'] === 'host') return undefined
    return appError(
      'engine.invisible',
      'The engine’s containers are not processes that this program sees: it runs in a container of that engine itself.',
      'Start it on the machine of the engine, or with an engine of its own in this container: do not mount the machine’s socket, and unset DOCKER_HOST.',
      {
        expected: `an engine whose containers are in our /proc, at ${socket}`,
        found: `this is its container ${found.value.name}`,
      },
    )
  }
  return undefined
}

/** Ids that this process's own container may have: by its cgroups, and by the host name that engines give. */
function ownNames(): readonly string[] {
  let text = ''
  try {
    text = readFileSync('/proc/self/cgroup', 'utf8')
  } catch {
    // Without /proc the host name is left.
  }
  const own = containerOf(parseCgroup(text))
  const name = hostname()
  return [...(own.kind === 'one' ? [own.id] : []), ...(/^[0-9a-f]{12}$/.test(name) ? [name] : [])]
}
