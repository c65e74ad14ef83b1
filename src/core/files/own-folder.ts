import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  type Stats,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { describeUser, isPrivateGroup } from './accounts.ts'
import { describeFileError } from './file-error.ts'
import { errorCode, fileKind } from './read-regular.ts'

/** The purpose of a directory and its required state. */
export interface FolderRules {
  /** For messages, such as `runtime folder`. */
  readonly what: string
  /** For messages: how the user selects another directory. */
  readonly elsewhere: string
  /**
   * No one else may read it. One that only this user can write is set to 0700 when `make`, anything wider is refused.
   */
  readonly secret: boolean
  /** Creates what is missing (0700), and tightens. Without it nothing is changed. */
  readonly make: boolean
}

/** A longer chain of links is a loop; Linux has the same limit. */
const maxLinks = 40
const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Decides whether a directory belongs to the user of this process alone, before anything in it is read. The path is
 * walked from the root, and each part is checked before the next one is looked up: it belongs to root or to us, and no
 * one else can write it, or it is sticky (such as /tmp), where no one can replace an entry of ours. A symbolic link
 * counts only in a directory that no one else can write. So no other user can change a part that was checked; root can.
 * Returns whether the directory exists.
 */
export function checkOwnFolder(path: string, rules: FolderRules): Result<'there' | 'missing'> {
  return checked(path, rules, (end) => (end === undefined ? ok('missing') : checkLast(end.folder, path, rules)))
}

/**
 * Decides whether a new directory may be created in another one, such as /tmp, so that no other user can replace it:
 * what `checkOwnFolder` asks of every directory above.
 */
export function checkFolderAbove(path: string, what: string, elsewhere: string): Result<void> {
  const rules = { what, elsewhere, secret: false, make: false }
  return checked(path, rules, (end) => {
    if (end === undefined) return err(blocked(rules, path, 'no such directory'))
    const unsafe = problemOfParent(end.folder, end.stats, end.owners, path, rules)
    return unsafe === undefined ? ok(undefined) : err(unsafe)
  })
}

/** Why nothing can be written in a directory, or if it is missing, why it cannot be created. Changes nothing. */
export function writeProblem(path: string, rules: Omit<FolderRules, 'make'>): AppError | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      accessSync(at, constants.W_OK | constants.X_OK)
      return undefined
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || at === dirname(at)) return blocked(rules, path, describeFileError(error, at))
    }
  }
}

/** The error of a directory in which something could not be written. */
export const unwritable = (path: string, rules: Omit<FolderRules, 'make'>, error: NodeJS.ErrnoException): AppError =>
  blocked(rules, path, describeFileError(error, error.path ?? path))

/** Where a path leads, and who may own what is on the way. */
interface End {
  readonly folder: string
  readonly stats: Stats
  readonly owners: ReadonlySet<number>
}

function checked<T>(path: string, rules: FolderRules, then: (end: End | undefined) => Result<T>): Result<T> {
  if (!isAbsolute(path) || path.includes('\0')) {
    return err(unusable(rules, path, 'an absolute path', JSON.stringify(path)))
  }
  try {
    const end = walk(path, rules)
    return end !== undefined && 'code' in end ? err(end) : then(end)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return err(blocked(rules, path, error.message))
  }
}

/** The directory that the path leads to, all of whose parents are safe; undefined when it is missing. */
function walk(path: string, rules: FolderRules): End | AppError | undefined {
  let at = '/'
  let above = lstatSync(at)
  // The owner of / can replace everything. It is not root if this process has no root (user namespaces).
  const owners = new Set([0, us(), above.uid])
  const parts = split(path)
  for (let links = 0; parts.length > 0; ) {
    const unsafe = problemOfParent(at, above, owners, path, rules)
    if (unsafe !== undefined) return unsafe
    const part = parts.shift() ?? ''
    const next = join(at, part)
    const stats = part === '..' ? lstatSync(next) : entry(next, rules.make)
    if (stats === undefined) return undefined
    if (stats.isSymbolicLink()) {
      if (!owners.has(stats.uid) || writers(above).length > 0 || ++links > maxLinks) {
        const found = `${next} is a symbolic link of ${describeUser(stats.uid)}`
        return unusable(rules, path, 'no symbolic link that another user could have placed', found, last(parts, next))
      }
      const target = readlinkSync(next)
      parts.unshift(...split(target))
      if (isAbsolute(target)) at = '/'
      above = lstatSync(at)
      continue
    }
    // If anyone can create entries, the owner of / (see above) may be an arbitrary user.
    if (writers(above).length > 0 && stats.uid !== 0 && stats.uid !== us())
      return foreign(next, stats, path, rules, last(parts, next))
    if (!stats.isDirectory()) {
      // Nothing can lie below a file: only a caller that wants to write there needs to know.
      return rules.make ? blocked(rules, path, `${next} is ${fileKind(stats)}`) : undefined
    }
    at = next
    above = stats
  }
  return { folder: at, stats: above, owners }
}

const split = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')

/** The entry itself, created when it is missing and allowed. */
function entry(path: string, make: boolean): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats !== undefined || !make) return stats
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process was first: its directory is checked like everything else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return lstatSync(path)
}

function problemOfParent(
  folder: string,
  stats: Stats,
  owners: ReadonlySet<number>,
  path: string,
  rules: FolderRules,
): AppError | undefined {
  if (!owners.has(stats.uid)) {
    const found = `${folder} belongs to ${describeUser(stats.uid)}`
    return unusable(rules, path, `only root and ${describeUser(us())} own the directories above it`, found)
  }
  const sticky = (stats.mode & 0o1000) !== 0
  if (sticky || writers(stats).length === 0) return undefined
  return openToOthers(rules, path, folder, stats)
}

/** Checks the directory itself on a descriptor, so that it is the one that is tightened. */
function checkLast(folder: string, path: string, rules: FolderRules): Result<'there'> {
  const descriptor = openSync(folder, openFolder)
  try {
    const stats = fstatSync(descriptor)
    if (stats.uid !== us()) return err(foreign(folder, stats, path, rules, folder))
    // What others could write may hold anything, and no later mode changes that.
    if (writers(stats, rules.secret).length > 0) return err(openToOthers(rules, path, folder, stats))
    if (rules.secret && rules.make && (stats.mode & 0o7777) !== 0o700) fchmodSync(descriptor, 0o700)
    return ok('there')
  } finally {
    closeSync(descriptor)
  }
}

const us = (): number => process.geteuid?.() ?? 0

/** Who else can write. An access list shows as the group's bits, so its users count as the group. */
function writers({ mode, gid }: Pick<Stats, 'mode' | 'gid'>, everyGroup = false): string[] {
  return [
    ...((mode & 0o020) !== 0 && (everyGroup || !isPrivateGroup(gid)) ? [`group ${gid}`] : []),
    ...((mode & 0o002) !== 0 ? ['everyone'] : []),
  ]
}

function openToOthers(rules: FolderRules, path: string, folder: string, stats: Stats): AppError {
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  return appError(
    'machine.folder-not-ours',
    `The ${rules.what} ${path} is not used: other users could have put files there.`,
    `Look at what is in it, then: chmod go-w '${folder}'. Or use another one: ${rules.elsewhere}.`,
    {
      expected: `only ${describeUser(us())} can write ${folder}`,
      found: `it belongs to ${describeUser(stats.uid)}, mode ${mode}: ${writers(stats, rules.secret).join(' and ')} can write`,
    },
  )
}

/** No other user is involved: it cannot be created or entered. */
const blocked = (rules: Omit<FolderRules, 'make'>, path: string, found: string): AppError =>
  appError(
    'machine.folder-unusable',
    `The ${rules.what} ${path} cannot be used.`,
    `Make room there, or see to it that you may write there. Or use another one: ${rules.elsewhere}.`,
    { expected: 'a directory that this user can write', found },
  )

const foreign = (folder: string, stats: Stats, path: string, rules: FolderRules, remove?: string): AppError =>
  unusable(
    rules,
    path,
    `a directory of ${describeUser(us())}`,
    `${folder} belongs to ${describeUser(stats.uid)}`,
    remove,
  )

/** The entry if it is the last part of the path: parents are never to be removed. */
const last = (rest: readonly string[], entry: string): string | undefined => (rest.length === 0 ? entry : undefined)

/** `remove` names what is in the way, when removing it helps. */
function unusable(rules: FolderRules, path: string, expected: string, found: string, remove?: string): AppError {
  const away = remove === undefined ? '' : `Look at ${remove} and have it removed (sudo rm -rf '${remove}'), or use `
  const remedy =
    remove === undefined ? `Use another one: ${rules.elsewhere}.` : `${away}another one: ${rules.elsewhere}.`
  return appError('machine.folder-not-ours', `The ${rules.what} ${path} is not used: it is not safely ours.`, remedy, {
    expected,
    found,
  })
}
