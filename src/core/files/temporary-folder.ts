import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, type Result } from '../domain/result.ts'
import { checkFolderAbove } from './own-folder.ts'

/**
 * Creates a temporary folder for this process alone (0700), in a directory where no other user can replace it: a user
 * who can would choose which files are read there, and which are written through a link.
 */
export function makeTemporaryFolder(prefix: string, base: string = tmpdir()): Result<string> {
  const safe = checkFolderAbove(base, 'folder for temporary files', 'set TMPDIR')
  return safe.ok ? ok(mkdtempSync(join(base, `${prefix}-`))) : safe
}
