import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { debian } from '../../src/core/tools/sources/debian.ts'

const folders = ['/usr/bin', '/usr/local/bin', '/bin']

/** A program that a tier of tests needs: its path, after Debian's package was installed if necessary and possible. */
export async function debianProgram(name: string, packageName: string, why: string): Promise<string | undefined> {
  const find = (): string | undefined => folders.map((folder) => join(folder, name)).find(existsSync)
  const there = find()
  if (there !== undefined) return there
  const packages = await debian({ report: () => undefined })
  if (packages.canInstall) {
    process.stderr.write(`Installing ${packageName}: ${why}.\n`)
    await packages.install([packageName], why)
  }
  return find()
}
