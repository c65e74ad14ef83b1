import { accessSync, constants, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { errorCode } from '../files/read-regular.ts'

/** The path of a socket holds 107 bytes, and programs append a name of some 40 to this. */
const longest = 60

/** Checks the directory for temporary files, which is also passed to every program that we start. */
export function checkTemporaryDirectory(path = tmpdir()): Result<void> {
  if (!isAbsolute(path)) return err(unusable(path, 'an absolute path', 'a relative one'))
  const { length } = Buffer.from(path)
  if (length > longest)
    return err(unusable(path, `at most ${longest} bytes, because sockets lie there`, `${length} bytes`))
  try {
    if (!statSync(path).isDirectory()) return err(unusable(path, 'a directory', 'a file'))
    accessSync(path, constants.W_OK | constants.X_OK)
    return ok(undefined)
  } catch (error) {
    const found = errorCode(error) === 'ENOENT' ? 'no such directory' : errorCode(error)
    return err(unusable(path, 'a directory that this user can write', found))
  }
}

/**
 * Refuses a state folder that SPIRE would read as another one: HCL expands `${}`, and the data store takes its path as
 * an address with escapes, a query and a fragment.
 */
export function checkStatePath(path: string): Result<void> {
  const found = /[$%?#"\\\p{Cc}]/u.exec(path)?.[0]
  if (found === undefined) return ok(undefined)
  return err(
    appError(
      'machine.state-path',
      'The path of the state folder cannot be used: SPIRE would read it as another path.',
      'Set XDG_STATE_HOME to a directory whose path has none of these characters.',
      {
        expected: 'a path without $ % ? # " \\ and control characters',
        found: `${JSON.stringify(found)} in ${JSON.stringify(path)}`,
      },
    ),
  )
}

const unusable = (path: string, expected: string, found: string): AppError =>
  appError(
    'machine.temporary-directory',
    `The directory for temporary files cannot be used: ${path}`,
    'Unset TMPDIR, or set it to a directory that exists, such as /tmp.',
    { expected, found },
  )
