import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** A Node of the system, absolute: the attestor and the issuer run under it, never under Electron. */
export function systemNode(named: string, searchPath: string): string {
  if (isAbsolute(named)) return named
  const found = searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, 'node'))
    .find((file) => isExecutable(file))
  if (found === undefined) throw new Error('No Node is in PATH; the attestor and the login need one.')
  return found
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
