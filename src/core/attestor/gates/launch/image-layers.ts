import { lstatSync, opendirSync, readFileSync, readlinkSync, realpathSync, type Stats } from 'node:fs'
import { posix } from 'node:path'

/** A file, folder or link of an image, or of a container's own files. */
export interface FileFacts {
  readonly kind: 'folder' | 'file' | 'link' | 'other'
  /** Permission bits, with set-user-id, set-group-id and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
}

export const factsOf = (stats: Stats): FileFacts => ({
  kind: stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : stats.isSymbolicLink() ? 'link' : 'other',
  mode: stats.mode & 0o7777,
  uid: stats.uid,
  gid: stats.gid,
  size: stats.size,
})

/** Overlay marks a deleted name with a character device 0:0 (kernel documentation, overlayfs). */
export const isWhiteout = (stats: Stats): boolean => stats.isCharacterDevice() && stats.rdev === 0

const maxLinks = 16
/** In all layers together: every other workload waits until they are read. */
const maxNames = 4096
const maxText = 1024 * 1024

/**
 * An image's files as its layers on this machine have them, without anything that a container changed or mounted. Paths
 * are absolute, as in the container. Layers do not change while a container uses them. Throws when a layer is missing.
 * A folder that a layer replaced as a whole may show names of the layers below it too: the mark for that is an extended
 * attribute, which Node cannot read; the error is on the safe side.
 */
export class ImageLayers {
  readonly #lowers: readonly string[]

  constructor(lowers: readonly string[]) {
    // Docker names its layers by links, and the root folder of a layer is compared too.
    this.#lowers = lowers.map((each) => realpathSync(each))
  }

  /** What the image has at a path; undefined when there is nothing. Follows no link. */
  facts(path: string): FileFacts | undefined {
    const found = this.#find(path)[0]
    return found === undefined ? undefined : factsOf(lstatSync(found))
  }

  /** The names in a folder of the image; none when it has no such folder, undefined when there are too many. */
  names(path: string): readonly string[] | undefined {
    const names = new Map<string, boolean>()
    let left = maxNames
    for (const folder of this.#find(path)) {
      const stats = lstatSync(folder)
      if (!stats.isDirectory()) break
      const found = namesIn(folder, left)
      if (found === undefined) return undefined
      left -= found.length
      for (const name of found) {
        if (!names.has(name)) names.set(name, !isWhiteout(lstatSync(`${folder}/${name}`)))
      }
    }
    return [...names].filter(([, exists]) => exists).map(([name]) => name)
  }

  /** The text of a regular file of the image; undefined when it is missing or too large. */
  text(path: string): string | undefined {
    const found = this.#find(path)[0]
    if (found === undefined) return undefined
    const stats = lstatSync(found)
    return stats.isFile() && stats.size <= maxText ? readFileSync(found, 'utf8') : undefined
  }

  /** Where a path leads when the image's links are followed, as an engine does for a mount. Undefined for a cycle. */
  resolve(path: string): string | undefined {
    let left = path.split('/').filter((each) => each !== '')
    let at = '/'
    for (let links = 0; left.length > 0; ) {
      const [name = '', ...rest] = left
      left = rest
      const next = posix.join(at, name)
      const found = this.#find(next)[0]
      if (found === undefined || !lstatSync(found).isSymbolicLink()) {
        at = next
        continue
      }
      links += 1
      if (links > maxLinks) return undefined
      const target = readlinkSync(found)
      left = [...target.split('/').filter((each) => each !== ''), ...left]
      if (target.startsWith('/')) at = '/'
    }
    return at
  }

  /** The entries of a path in the layers, the topmost first: those that are effective, by overlay's rules. */
  #find(path: string): readonly string[] {
    let places = this.#lowers
    let inFolder = true
    for (const name of path.split('/').filter((each) => each !== '')) {
      // Only a folder can contain something.
      if (!inFolder) return []
      const next: string[] = []
      for (const folder of places) {
        const place = `${folder}/${name}`
        const stats = lstatSync(place, { throwIfNoEntry: false })
        if (stats === undefined) continue
        if (isWhiteout(stats)) break
        if (stats.isDirectory()) next.push(place)
        else {
          // It hides what lies below it, and is hidden itself by a folder above it.
          inFolder = next.length > 0
          if (!inFolder) next.push(place)
          break
        }
      }
      places = next
    }
    return places
  }
}

/** The names in a folder; undefined when there are more than `most`. */
function namesIn(folder: string, most: number): readonly string[] | undefined {
  const names: string[] = []
  const entries = opendirSync(folder)
  try {
    for (let each = entries.readSync(); each !== null; each = entries.readSync()) {
      if (names.length === most) return undefined
      names.push(each.name)
    }
    return names
  } finally {
    entries.closeSync()
  }
}
