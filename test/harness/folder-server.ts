import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'

/** Serves the files of a folder below a path on loopback, as the web server beside a Rekor v2 does. */
export async function serveFolder(folder: string, below: string) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '', 'http://localhost').pathname)
    const file = path.startsWith(below) ? join(folder, path.slice(below.length)) : ''
    readFile(file).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
