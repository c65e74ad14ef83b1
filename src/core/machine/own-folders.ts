import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { checkOwnFolder, type FolderRules, unwritable, writeProblem } from '../files/own-folder.ts'
import type { Folders } from './folders.ts'

const rules: Readonly<Record<keyof Folders, Omit<FolderRules, 'make'>>> = {
  runtime: {
    what: 'runtime folder',
    elsewhere: 'set XDG_RUNTIME_DIR to a directory of your own with mode 0700, or unset it if it is another user’s',
    secret: true,
  },
  state: { what: 'state folder', elsewhere: elsewhere('XDG_STATE_HOME'), secret: true },
  cache: { what: 'cache folder', elsewhere: elsewhere('XDG_CACHE_HOME'), secret: true },
  // Written by its user, and often kept readable or behind a link of the user's own.
  config: { what: 'configuration folder', elsewhere: elsewhere('XDG_CONFIG_HOME'), secret: false },
}

function elsewhere(variable: string): string {
  return `set ${variable} to a directory of your own (with sudo: sudo -H, so that HOME is root’s)`
}

/**
 * Checks folders of this program before anything in them is read: each belongs to this user alone, or is missing. With
 * `make` each but the configuration exists afterwards, 0700. The error names the owner and the fix.
 */
export function checkOwnFolders(folders: Partial<Folders>, { make }: { readonly make: boolean }): Result<void> {
  for (const name of ['runtime', 'state', 'cache', 'config'] as const) {
    const path = folders[name]
    if (path === undefined) continue
    if (!isAbsolute(path)) return err(noHome(path))
    // A configuration is the user's to create.
    const checked = checkOwnFolder(path, { ...rules[name], make: make && name !== 'config' })
    if (!checked.ok) return checked
  }
  return ok(undefined)
}

/** A folder of this program that cannot be used as required. */
export interface FolderProblem {
  readonly name: keyof Folders
  /** True: nothing in it may be read. False: nothing can be written there. */
  readonly denied: boolean
  readonly error: AppError
}

/** Everything that is wrong with the folders of this program. Creates and changes nothing. */
export function folderProblems(folders: Folders): readonly FolderProblem[] {
  const problems: FolderProblem[] = []
  for (const name of ['runtime', 'state', 'cache', 'config'] as const) {
    const checked = checkOwnFolders({ [name]: folders[name] }, { make: false })
    // A configuration is only read.
    const readOnly = checked.ok && name !== 'config' ? writeProblem(folders[name], rules[name]) : undefined
    if (!checked.ok) problems.push({ name, denied: true, error: checked.error })
    else if (readOnly !== undefined) problems.push({ name, denied: false, error: readOnly })
  }
  return problems
}

/** Why a folder that a session needs is missing and cannot be created; undefined when it can. Changes nothing. */
export function uncreatable(folders: Pick<Folders, 'runtime' | 'state'>): AppError | undefined {
  for (const name of ['runtime', 'state'] as const) {
    const problem = existsSync(folders[name]) ? undefined : writeProblem(folders[name], rules[name])
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Why something could not be written in the state folder. */
export const stateUnwritable = (state: string, error: NodeJS.ErrnoException): AppError =>
  // Node's recursive mkdir reports ENOENT on a read-only file system.
  writeProblem(state, rules.state) ?? unwritable(state, rules.state, error)

const noHome = (path: string) =>
  appError(
    'machine.no-home',
    'This user has no home directory.',
    'Set HOME to a directory of your own, such as: HOME=/var/tmp/me',
    {
      expected: 'HOME, or the account of this user, names an absolute path',
      found: `HOME is ${JSON.stringify(process.env['HOME'] ?? null)}, and the folder would be ${path}`,
    },
  )
