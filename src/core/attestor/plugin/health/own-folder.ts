import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { appError } from '../../../domain/app-error.ts'
import { err, ok, type Result } from '../../../domain/result.ts'

/** A folder into which only this user can have put anything. */
export interface OwnFolder {
  /** The path of a file in this very folder, whatever its name leads to meanwhile; short enough for a socket. */
  readonly path: (name: string) => string
  readonly close: () => void
}

/**
 * Opens a folder that belongs to this user and that no one else may write to. `config.not-there` when there is none,
 * `config.not-ours` when another user could have planted something in it.
 */
export function openOwnFolder(folder: string): Result<OwnFolder> {
  let fd: number
  try {
    fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT') {
      const remedy = 'It is made when the plugin is configured. See the agent\u2019s log.'
      return err(
        appError('config.not-there', 'The folder for records is not there.', remedy, { expected: folder, found: code }),
      )
    }
    return err(notOurs(folder, code === 'ENOTDIR' || code === 'ELOOP' ? 'a link, or no folder' : code))
  }
  const { uid, mode } = fstatSync(fd)
  const user = process.geteuid?.()
  if (uid !== user || (mode & 0o022) !== 0) {
    closeSync(fd)
    return err(notOurs(folder, `owner ${uid}, mode 0${(mode & 0o7777).toString(8)}`))
  }
  return ok({ path: (name) => `/proc/self/fd/${fd}/${name}`, close: () => closeSync(fd) })
}

const notOurs = (folder: string, found: string) =>
  appError(
    'config.not-ours',
    `The folder for records is not one that this user alone can write: ${folder}`,
    'Run this as the user of the agent; make the folder its own, with mode 0700.',
    { expected: `owner ${process.geteuid?.()}, and no write permission for others`, found },
  )
