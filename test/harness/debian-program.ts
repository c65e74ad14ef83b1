import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { debian } from '../../src/core/tools/sources/debian.ts'

const folders = ['/usr/bin', '/usr/local/bin', '/bin']

/** Where a program of the machine is, if it is installed. */
export const installedProgram = (name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find(existsSync)

/** A program that a tier of tests needs: its path, after Debian's package was installed if necessary and possible. */
export async function debianProgram(name: string, packageName: string, why: string): Promise<string | undefined> {
  const there = installedProgram(name)
  if (there !== undefined) return there
  const packages = await debian({ report: () => undefined })
  if (packages.canInstall) {
    process.stderr.write(`Installing ${packageName}: ${why}.\n`)
    await packages.install([packageName], why)
  }
  return installedProgram(name)
}
