import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { coerce, satisfies } from 'semver'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { runCommand, succeeded } from '../../process/command.ts'

const needed = '20.18.0'
/** Where a Node usually is when a desktop starts us with a short PATH. */
const usual = ['/usr/local/bin', '/usr/bin']

/**
 * A Node of this machine that is new enough, absolute: the attestor and the login run under it, never under Electron.
 * The configured one wins; else the first in the search path, then `elsewhere`. `machine.no-node` when there is none.
 */
export async function systemNode(
  named: string,
  searchPath: string,
  elsewhere: readonly string[] = usual,
): Promise<Result<string>> {
  if (isAbsolute(named)) return ok(named)
  const places = [...searchPath.split(delimiter), ...elsewhere].filter((folder) => isAbsolute(folder))
  const tooOld: string[] = []
  for (const file of new Set(places.map((folder) => join(folder, 'node')))) {
    if (!isExecutable(file)) continue
    const version = await versionOf(file)
    if (version !== undefined && satisfies(version, `>=${needed}`)) return ok(file)
    tooOld.push(`${file} ${version ?? 'does not report its version'}`)
  }
  return err(
    appError(
      'machine.no-node',
      'No Node.js of this machine is new enough; the attestor and the login run under it.',
      'Install a newer Node.js from https://nodejs.org/en/download or your distribution, then look again; or start this program with --node=/path/to/node',
      { expected: `node ${needed} or newer in PATH`, found: tooOld.length === 0 ? 'none' : tooOld.join(', ') },
    ),
  )
}

async function versionOf(file: string): Promise<string | undefined> {
  const outcome = await runCommand({ program: file, args: ['--version'], timeoutMs: 5_000 })
  return succeeded(outcome) ? coerce(outcome.stdout)?.version : undefined
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
