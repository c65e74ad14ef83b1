import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const name = 'sigstore-attestor-plugin'
const form = new RegExp(`^${name}-(\\d+)-[A-Za-z0-9]{6}$`)

/**
 * Makes a folder for this process alone (0700), short enough for a socket. Folders of earlier plugins of the same user
 * that were killed, and so could not clean up, are removed.
 */
export function makePrivateFolder(env: NodeJS.ProcessEnv): string {
  const wanted = env['PLUGIN_UNIX_SOCKET_DIR'] ?? tmpdir()
  // A socket's path holds 107 characters.
  const base = wanted.length < 60 ? wanted : '/tmp'
  removeLeftovers(base)
  return mkdtempSync(join(base, `${name}-${process.pid}-`))
}

function removeLeftovers(base: string): void {
  for (const entry of readdirSync(base)) {
    const pid = form.exec(entry)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const folder = join(base, entry)
    try {
      // In a folder for everybody others may choose names too.
      const { uid } = lstatSync(folder)
      if (uid === process.getuid?.()) rmSync(folder, { recursive: true, force: true })
    } catch {
      // Removed by another plugin that starts at the same time.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
