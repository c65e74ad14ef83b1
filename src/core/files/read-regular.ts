import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { isPrivateGroup } from './accounts.ts'

/** What a file must be like before its contents are used. */
export interface ReadRules {
  /** A larger file is refused, also one that grows while it is read. */
  readonly maxBytes: number
  /** Refuses a symbolic link as the last part of the path. Links to directories above it are followed. */
  readonly noFollow?: boolean
  /** Refuses a file that a user other than root and this process's owns or may write. */
  readonly protected?: boolean
  /** With `protected`: a group without other members may write, as umask 002 has it on some distributions. */
  readonly privateGroup?: boolean
  /** Refuses a file that users other than its owner and root may read or write: it holds a secret. */
  readonly secret?: boolean
}

/**
 * Reads a regular file. Everything is checked on the descriptor that is read, so no other file can take its place
 * between check and use; a FIFO or a device is refused and never waited for. Errors name the path, never the contents.
 */
export function readRegularFile(path: string, rules: ReadRules): Result<Buffer> {
  let descriptor: number | undefined
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer. For regular files it changes nothing.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (rules.noFollow === true ? constants.O_NOFOLLOW : 0)
    descriptor = openSync(path, flags)
    const stats = fstatSync(descriptor)
    const problem = problemOf(path, stats, rules)
    if (problem !== undefined) return err(problem)
    const bytes = readAtMost(descriptor, rules.maxBytes)
    return bytes === undefined ? err(tooLarge(path, rules.maxBytes, `more than ${rules.maxBytes} bytes`)) : ok(bytes)
  } catch (error) {
    return err(unreadable(path, error, rules))
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Reads a regular file that holds UTF-8 text; other bytes are an error. */
export function readRegularText(path: string, rules: ReadRules): Result<string> {
  const bytes = readRegularFile(path, rules)
  if (!bytes.ok) return bytes
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.value))
  } catch {
    return err(
      appError('machine.file-kind', `${path} cannot be used.`, `Check that ${path} is the intended file.`, {
        expected: 'UTF-8 text',
        found: 'other bytes',
      }),
    )
  }
}

/** Who owns a file, as a phrase, when that is neither root nor the user of this process. */
export const belongsToOthers = ({ uid }: Pick<Stats, 'uid'>): string | undefined =>
  uid === 0 || uid === process.geteuid?.() ? undefined : `it belongs to user ${uid}`

/**
 * What makes a file or directory changeable by other users, as a phrase; undefined when nothing does. With `privateGroup`
 * a group without other members may write.
 */
export function writableByOthers(stats: Pick<Stats, 'uid' | 'gid' | 'mode'>, privateGroup = false): string | undefined {
  const foreign = belongsToOthers(stats)
  if (foreign !== undefined) return foreign
  const { mode, gid } = stats
  const group = (mode & 0o020) !== 0 && !(privateGroup && isPrivateGroup(gid))
  const others = [...(group ? ['its group'] : []), ...(mode & 0o002 ? ['everyone'] : [])]
  if (others.length === 0) return undefined
  return `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}: ${others.join(' and ')} can write`
}

/** The code of an error of the file system (ENOENT, …). */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown'

/** The command that makes something changeable for this user and root alone. */
export const protectCommand = (path: string): string =>
  `chown ${process.geteuid?.() ?? 0} '${path}' && chmod go-w '${path}'`

/** What kind of file this is, in a word or two. */
export function fileKind(stats: Stats): string {
  if (stats.isFile()) return 'a regular file'
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a FIFO'
  if (stats.isSocket()) return 'a socket'
  return stats.isSymbolicLink() ? 'a symbolic link' : 'a device'
}

function problemOf(path: string, stats: Stats, rules: ReadRules): AppError | undefined {
  if (!stats.isFile()) return wrongKind(path, fileKind(stats))
  const unsafe = rules.protected === true ? writableByOthers(stats, rules.privateGroup) : undefined
  if (unsafe !== undefined) {
    const owner = process.geteuid?.() ?? 0
    return appError(
      'machine.file-owner',
      `${path} can be changed by other users.`,
      `Check its contents, then: ${protectCommand(path)}`,
      { expected: owner === 0 ? 'only root may write it' : `only root and user ${owner} may write it`, found: unsafe },
    )
  }
  if (rules.secret === true && (stats.mode & 0o077) !== 0) {
    return appError('machine.file-readable', `${path} can be read by other users.`, `Run: chmod 600 '${path}'`, {
      expected: 'a file that only its owner can read',
      found: `mode ${(stats.mode & 0o7777).toString(8).padStart(4, '0')}`,
    })
  }
  return stats.size > rules.maxBytes ? tooLarge(path, rules.maxBytes, `${stats.size} bytes`) : undefined
}

/** Everything up to the end, or undefined when that is more than `most` bytes. */
export function readAtMost(descriptor: number, most: number): Buffer | undefined {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    // One byte more than allowed is enough to know.
    const chunk = Buffer.allocUnsafe(Math.min(65_536, most + 1 - total))
    const length = readSync(descriptor, chunk, 0, chunk.length, null)
    if (length === 0) return Buffer.concat(chunks, total)
    chunks.push(chunk.subarray(0, length))
    total += length
    if (total > most) return undefined
  }
}

function unreadable(path: string, error: unknown, { noFollow }: ReadRules): AppError {
  const code = errorCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return appError('machine.file-missing', `There is no file ${path}.`, `Create ${path}, or correct its name.`, {
      expected: `a regular file at ${path}`,
      found: 'nothing',
    })
  }
  // ELOOP: the last part is a link (O_NOFOLLOW). ENXIO: a socket, which cannot be opened.
  if (code === 'ELOOP' && noFollow === true) return wrongKind(path, 'a symbolic link')
  if (code === 'ENXIO') return wrongKind(path, 'a socket or a device')
  return appError('machine.file-unreadable', `${path} cannot be read.`, `Make ${path} readable for this user.`, {
    expected: 'a regular file that can be read',
    found: code,
  })
}

const wrongKind = (path: string, found: string): AppError =>
  appError('machine.file-kind', `${path} cannot be used.`, `Put a regular file at ${path}, or correct its name.`, {
    expected: 'a regular file',
    found,
  })

const tooLarge = (path: string, most: number, found: string): AppError =>
  appError('machine.file-large', `${path} is too large.`, `Check that ${path} is the intended file.`, {
    expected: `${most} bytes at most`,
    found,
  })
