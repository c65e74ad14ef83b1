import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that records its visitors: for places where no request may arrive, and for a login's stations. */
export interface Witness {
  readonly origin: string
  /** Method and path of each request, oldest first. */
  readonly seen: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts a server on a free port of loopback. */
export async function witness(answer?: RequestListener): Promise<Witness> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (answer !== undefined) return answer(request, response)
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('content-type', 'text/html')
    response.end('<title>elsewhere</title>')
  })
  server.on('upgrade', (request, socket) => {
    seen.push(`upgrade ${request.url}`)
    socket.destroy()
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    seen,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
