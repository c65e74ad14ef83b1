import { statSync } from 'node:fs'
import type { MountPoint } from '../mount-table.ts'

/**
 * Whether what is mounted at a path of a container is one of these folders of the machine, and no copy or other folder:
 * the same file of the same file system. The machine's folders are looked up here, and where its first process sees
 * them, because an agent in a pod may have them at another place.
 */
export function isOneOf(
  folders: readonly string[],
  mounted: {
    readonly path: string
    /** The container's root, as its first process sees it. */
    readonly root: string
    readonly table: readonly MountPoint[]
    readonly procFolder: string
  },
): boolean {
  const { path, root, table, procFolder } = mounted
  const device = table.findLast(({ target }) => target === path)?.device
  return folders
    .flatMap((folder) => [folder, `${procFolder}/1/root${folder}`])
    .some((folder) => {
      try {
        const wanted = statSync(folder)
        // The file system of another driver may hang, so it is not touched.
        if (deviceOf(wanted.dev) !== device) return false
        const found = statSync(`${root}${path}`)
        return found.dev === wanted.dev && found.ino === wanted.ino
      } catch {
        return false
      }
    })
}

/** A device number as mountinfo has it (makedev(3)). */
function deviceOf(dev: number): string {
  const number = BigInt(dev)
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}
