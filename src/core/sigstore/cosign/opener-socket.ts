import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

const maxUrl = 16 * 1024

/** Receives from our `xdg-open` the URL that cosign wants to open. */
export interface OpenerSocket {
  readonly path: string
  readonly close: () => Promise<void>
}

/**
 * Listens on a 0600 Unix socket in `runtimeDir`. The first URL that `accepts` approves is taken; everything else is
 * rejected, and the opener then fails.
 */
export async function openerSocket(
  runtimeDir: string,
  accepts: (url: string) => boolean,
  onUrl: (url: string) => void,
): Promise<OpenerSocket> {
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 })
  const path = join(runtimeDir, `open-${randomBytes(4).toString('hex')}.sock`)
  let taken = false
  const server = createServer((socket) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.setTimeout(5_000, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('data', (more: string) => {
      text += more
      const end = text.indexOf('\n')
      if (end < 0) {
        if (text.length > maxUrl) socket.destroy()
        return
      }
      const url = text.slice(0, end)
      if (taken || !accepts(url)) {
        socket.end('refused\n')
        return
      }
      taken = true
      socket.end('taken\n')
      onUrl(url)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return {
    path,
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(path, { force: true })
    },
  }
}
