import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '../../domain/result.ts'
import { makeTemporaryFolder } from '../../files/temporary-folder.ts'
import { pidNamespace } from '../../process/pid-namespace.ts'

const name = 'sigstore-attestor-plugin'
const form = new RegExp(`^${name}-(\\d+)-(\\d+)-[A-Za-z0-9]{6}$`)
/** What follows the directory in a socket's path, without process and namespace. */
const rest = `/${name}---abcdef/plugin.sock`.length
const longestSocket = 107

/**
 * Creates a folder for this process alone (0700), short enough for a socket, in a directory where no other user can
 * replace it. Folders of this user's earlier plugins that were killed, and so could not clean up, are removed.
 */
export function makePrivateFolder(env: NodeJS.ProcessEnv): Result<string> {
  const wanted = env['PLUGIN_UNIX_SOCKET_DIR'] ?? tmpdir()
  const own = `${process.pid}-${pidNamespace()}`
  const base = wanted.length + own.length + rest <= longestSocket ? wanted : '/tmp'
  const made = makeTemporaryFolder(`${name}-${own}`, base, {
    what: 'folder for sockets and temporary files',
    elsewhere: 'set TMPDIR or PLUGIN_UNIX_SOCKET_DIR',
  })
  if (made.ok) removeLeftovers(base)
  return made
}

function removeLeftovers(base: string): void {
  const here = pidNamespace()
  for (const entry of readdirSync(base)) {
    const [, pid, namespace] = form.exec(entry) ?? []
    if (pid === undefined || namespace !== here || isAlive(Number(pid))) continue
    const folder = join(base, entry)
    try {
      // In a shared directory others can choose such names too, or have moved a folder here that is open to them.
      const stats = lstatSync(folder)
      const ours = stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & 0o077) === 0
      if (ours) rmSync(folder, { recursive: true, force: true })
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
