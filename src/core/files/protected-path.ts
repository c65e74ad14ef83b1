import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { belongsToOthers, errorCode, fileKind, protectCommand, writableByOthers } from './read-regular.ts'

/** What is at a path that only root and the user of this process can replace. */
export interface ProtectedPath {
  /** Undefined when there is nothing yet; then no one else can put something there. */
  readonly stats: Stats | undefined
  /** The path itself without links, or the nearest existing directory above it. */
  readonly nearest: string
}

const maxLinks = 40

/** Ordinary users have a group of their own and umask 002 on many distributions; root's files are for root alone. */
export const umaskOfUsers: boolean = process.geteuid?.() !== 0

/**
 * Walks to a path from the root, and checks each directory and link on the way: may only root and the user of this
 * process put something else there? A world-writable directory is accepted when it is sticky, as /tmp is, because its
 * entry is checked next; a missing entry there could be created by anyone. Below a directory that others cannot enter,
 * modes do not matter. The last part itself is not judged by its mode: that depends on what it is.
 */
export function protectedPath(path: string): Result<ProtectedPath> {
  let pending = path.split('/').filter((part) => part !== '' && part !== '.')
  let at = '/'
  let stats = lstatSync('/')
  let closed = false
  let links = 0
  for (;;) {
    if (stats.isDirectory()) {
      const problem = directoryProblem(at, stats, closed)
      if (problem !== undefined) return err(problem)
      closed ||= (stats.mode & 0o011) === 0
    }
    const [name, ...rest] = pending
    if (name === undefined) return ok({ stats, nearest: at })
    if (!stats.isDirectory()) return err(notThere(path, `${at} is ${fileKind(stats)}`))
    if (name === '..') {
      at = dirname(at)
      stats = lstatSync(at)
      closed = false
      pending = rest
      continue
    }
    const next = join(at, name)
    const found = look(next)
    if (!found.ok) return err(notThere(path, `${next}: ${found.error}`))
    if (found.value === undefined) {
      const madeByOthers = closed ? undefined : writableByOthers(stats, umaskOfUsers)
      return madeByOthers === undefined ? ok({ stats: undefined, nearest: at }) : err(replaceable(at, madeByOthers))
    }
    if (!found.value.isSymbolicLink()) {
      at = next
      stats = found.value
      pending = rest
      continue
    }
    const foreign = belongsToOthers(found.value)
    if (foreign !== undefined) return err(replaceable(next, foreign))
    links += 1
    if (links > maxLinks) return err(notThere(path, 'a circle of links'))
    const target = readLink(next)
    if (target === undefined) return err(notThere(path, `${next} is a link that cannot be read`))
    if (target.startsWith('/')) {
      at = '/'
      stats = lstatSync('/')
      closed = false
    }
    pending = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...rest]
  }
}

function look(path: string): Result<Stats | undefined, string> {
  try {
    return ok(lstatSync(path))
  } catch (error) {
    const code = errorCode(error)
    return code === 'ENOENT' ? ok(undefined) : err(code)
  }
}

/**
 * Where a link leads; undefined if it is gone meanwhile, or is one of the kernel's that may not be read
 * (`/proc/1/root`).
 */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function directoryProblem(path: string, stats: Stats, closed: boolean): AppError | undefined {
  const sticky = (stats.mode & 0o1000) !== 0
  const problem = closed || sticky ? belongsToOthers(stats) : writableByOthers(stats, umaskOfUsers)
  return problem === undefined ? undefined : replaceable(path, problem)
}

const replaceable = (path: string, found: string): AppError => {
  const owner = process.geteuid?.() ?? 0
  const who = owner === 0 ? 'root' : `root or user ${owner}`
  return appError(
    'machine.file-owner',
    `Other users can change what is at ${path}.`,
    `Check what is there, then: ${protectCommand(path)}`,
    { expected: `only ${who} can change ${path}`, found },
  )
}

const notThere = (path: string, found: string): AppError =>
  appError('machine.file-unreadable', `${path} cannot be reached.`, `Make ${path} readable for this user.`, {
    expected: 'directories that lead there',
    found,
  })
