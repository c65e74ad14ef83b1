import { createHash } from 'node:crypto'
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a private engine keeps the files of running containers, below the folder with its sockets. */
export const execRoot = (runtimeDir: string): string => join(runtimeDir, 'exec')

/**
 * Removes what a container of our private engine leaves when its shim, runc or the engine itself was killed: the shim's
 * socket and the cgroups. Call it when the container is gone; the cgroup of a live process stays.
 */
export async function removeContainerTraces(runtimeDir: string, id: string): Promise<void> {
  await rm(shimSocket(runtimeDir, id), { force: true })
  await removeCgroups(id)
}

/**
 * The socket lies in a folder that all engines of a machine share, named by a hash of containerd's own address,
 * Docker's namespace in it, and the container (containerd, pkg/shim/util_unix.go): no other engine's has this name.
 */
function shimSocket(runtimeDir: string, id: string): string {
  const path = join(execRoot(runtimeDir), 'containerd', 'containerd.sock', 'moby', id)
  return join('/run/containerd/s', createHash('sha256').update(path).digest('hex'))
}

/**
 * Removes the container's own cgroups only. All engines of the machine share their parent `docker`. Removing it, even
 * empty, would break a runc of another engine that has just found it and is about to create a cgroup in it.
 */
async function removeCgroups(id: string): Promise<void> {
  const root = '/sys/fs/cgroup'
  const hierarchies = await readdir(root).catch(() => [])
  for (const place of [root, ...hierarchies.map((name) => join(root, name))]) {
    // rmdir removes a cgroup only when it is empty.
    await rmdir(join(place, 'docker', id)).catch(() => undefined)
    await rmdir(join(place, 'system.slice', `docker-${id}.scope`)).catch(() => undefined)
  }
}
