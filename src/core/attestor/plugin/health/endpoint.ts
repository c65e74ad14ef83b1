import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { ok, type Result } from '../../../domain/result.ts'
import { type OwnFolder, openOwnFolder } from './own-folder.ts'
import { type HealthReport, healthSocket } from './report.ts'

/** The endpoint on which a plugin reports its health. */
export interface HealthEndpoint {
  readonly close: () => void
}

/**
 * Reports this plugin's health to every client that connects to a socket (0600) in the folder for records, which is
 * created if it is missing. The newest plugin with this folder owns the name; an older one that ends later does not
 * remove it. An error when the folder is not this user's alone. Throws what the file system throws.
 */
export async function serveHealth(
  folder: string,
  report: () => Promise<HealthReport>,
): Promise<Result<HealthEndpoint>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const own = openOwnFolder(folder)
  if (!own.ok) return own
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    report().then(
      (said) => socket.end(`${JSON.stringify(said)}\n`),
      () => socket.destroy(),
    )
  })
  try {
    const inode = await listen(server, own.value)
    return ok({
      close: () => {
        const there = lstatSync(own.value.path(healthSocket), { throwIfNoEntry: false })
        if (there?.ino === inode) rmSync(own.value.path(healthSocket))
        server.close()
        own.value.close()
      },
    })
  } catch (error) {
    server.close()
    own.value.close()
    throw error
  }
}

/** Under a name of its own first, because a server removes its name when it ends, whichever plugin owns it by then. */
async function listen(server: Server, { path }: OwnFolder): Promise<number> {
  const fresh = path(`health-${process.pid}-${counter++}.sock`)
  rmSync(fresh, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(fresh, resolve)
  })
  // A failure of a later connection must not end the plugin.
  server.on('error', () => undefined)
  chmodSync(fresh, 0o600)
  const { ino } = lstatSync(fresh)
  renameSync(fresh, path(healthSocket))
  return ino
}

let counter = 0
