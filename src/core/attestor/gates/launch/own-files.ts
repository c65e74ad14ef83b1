import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, readlinkSync } from 'node:fs'
import { type FileFacts, factsOf, isWhiteout } from './image-layers.ts'

/** One of a container's own files: something that differs from its image. */
export interface OwnFile extends FileFacts {
  /** Absolute, as in the container. */
  readonly path: string
  /** Whether the image's file of this name was deleted without a replacement. */
  readonly deleted: boolean
  /** Where a link leads. */
  readonly target?: string
}

const maxFiles = 256

/**
 * Everything in the folder of a container's own files (an overlay's upper folder), parents first, including the root.
 * Undefined beyond 256 names. Throws when it cannot be read completely. Follows no link: the container may write here.
 */
export function ownFiles(upper: string): readonly OwnFile[] | undefined {
  const found: OwnFile[] = []
  return lookInto(upper, '', found) ? found : undefined
}

const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** False when there is too much. */
function lookInto(place: string, path: string, found: OwnFile[]): boolean {
  const fd = openSync(place, folderOnly)
  try {
    // By its descriptor, whatever the path leads to meanwhile.
    const opened = `/proc/self/fd/${fd}`
    found.push({ ...factsOf(fstatSync(fd)), path: path === '' ? '/' : path, deleted: false })
    const names = opendirSync(opened)
    try {
      for (let each = names.readSync(); each !== null; each = names.readSync()) {
        if (found.length >= maxFiles) return false
        const at = `${opened}/${each.name}`
        const own = `${path}/${each.name}`
        if (each.isDirectory()) {
          if (!lookInto(at, own, found)) return false
        } else found.push(fileAt(at, own))
      }
    } finally {
      names.closeSync()
    }
    return true
  } finally {
    closeSync(fd)
  }
}

function fileAt(at: string, path: string): OwnFile {
  const stats = lstatSync(at)
  const target = stats.isSymbolicLink() ? readlinkSync(at) : undefined
  return { ...factsOf(stats), path, deleted: isWhiteout(stats), ...(target !== undefined && { target }) }
}
