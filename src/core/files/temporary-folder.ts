import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { err, ok, type Result } from '../domain/result.ts'
import { isFileError } from './file-error.ts'
import { checkFolderAbove, unwritable } from './own-folder.ts'

/** What a temporary folder is for, and how the user selects another place; for messages. */
interface Purpose {
  readonly what: string
  readonly elsewhere: string
}

/**
 * Creates a temporary folder for this process alone (0700), in a directory where no other user can replace it: a user
 * who can would choose which files are read there, and which are written through a link.
 */
export function makeTemporaryFolder(
  prefix: string,
  base: string = tmpdir(),
  { what, elsewhere }: Purpose = { what: 'folder for temporary files', elsewhere: 'set TMPDIR' },
): Result<string> {
  const safe = checkFolderAbove(base, what, elsewhere)
  if (!safe.ok) return safe
  try {
    return ok(mkdtempSync(join(base, `${prefix}-`)))
  } catch (error) {
    if (!isFileError(error)) throw error
    // Read-only, for example, as a service manager may make it.
    return err(unwritable(base, { what, elsewhere, secret: false }, error))
  }
}
