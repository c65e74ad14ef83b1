import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync } from 'node:fs'

/** What lay in a folder at a time: every name, with its inode and when that was last changed (ctime, which nobody sets). */
export interface FolderState {
  readonly name: string
  readonly inode: bigint
  /** Nanoseconds. */
  readonly changedAt: bigint
  /** In the order of reading; nothing in what is no folder. */
  readonly inside: readonly FolderState[]
}

const maxPlaces = 64
/**
 * How long nothing must have changed: longer than the tick of any file system's clock, so that whatever changes from now
 * on has a later time. (ext4 with small inodes counts whole seconds.)
 */
const settledMs = 2_500

/**
 * Looks at a folder and all that is in it. Undefined when it cannot be read to its end, holds more than 64 names, or was
 * changed in the last seconds: then nobody could tell the next change from the last one. Follows no link.
 */
export function folderState(folder: string, now = Date.now()): FolderState | undefined {
  const left = { places: maxPlaces, latest: BigInt(now - settledMs) * 1_000_000n }
  try {
    return lookInto(folder, '', left)
  } catch {
    return undefined
  }
}

/**
 * Whether a folder and all that is in it are as they were: no name came, went or was taken by another file, and nothing
 * was changed. A folder whose own time is the same has the same names, so none is read again.
 */
export function isAsItWas(folder: string, state: FolderState): boolean {
  try {
    return isSame(folder, state)
  } catch {
    return false
  }
}

/** Where a name is looked up from here on, whatever its path leads to meanwhile. */
const opened = (fd: number): string => `/proc/self/fd/${fd}`
const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

function lookInto(path: string, name: string, left: { places: number; readonly latest: bigint }): FolderState {
  const fd = openSync(path, folderOnly)
  try {
    const own = stateOf(name, fstatSync(fd, { bigint: true }), left.latest)
    const inside: FolderState[] = []
    const names = opendirSync(opened(fd))
    try {
      for (let each = names.readSync(); each !== null; each = names.readSync()) {
        left.places -= 1
        if (left.places < 0) throw new Error('too many names')
        const at = `${opened(fd)}/${each.name}`
        inside.push(
          each.isDirectory()
            ? lookInto(at, each.name, left)
            : stateOf(each.name, lstatSync(at, { bigint: true }), left.latest),
        )
      }
    } finally {
      names.closeSync()
    }
    return { ...own, inside }
  } finally {
    closeSync(fd)
  }
}

function stateOf(name: string, { ino, ctimeNs }: { ino: bigint; ctimeNs: bigint }, latest: bigint): FolderState {
  if (ctimeNs > latest) throw new Error('changed just now')
  return { name, inode: ino, changedAt: ctimeNs, inside: [] }
}

function isSame(path: string, state: FolderState): boolean {
  if (state.inside.length === 0) return equals(state, lstatSync(path, { bigint: true }))
  const fd = openSync(path, folderOnly)
  try {
    if (!equals(state, fstatSync(fd, { bigint: true }))) return false
    return state.inside.every((each) => isSame(`${opened(fd)}/${each.name}`, each))
  } finally {
    closeSync(fd)
  }
}

const equals = ({ inode, changedAt }: FolderState, { ino, ctimeNs }: { ino: bigint; ctimeNs: bigint }): boolean =>
  inode === ino && changedAt === ctimeNs
