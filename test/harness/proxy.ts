import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/**
 * How a proxy behaves. `leads` passes everything on to this machine, whichever host is named; `page` answers with a web
 * page of its own where TLS was to begin.
 */
export type ProxyKind = 'leads' | 'html' | 'page' | 'login' | 'hangs' | 'closes' | 'refuses' | 'redirects'

/** A proxy on this machine, and what it was asked for. */
export interface LocalProxy {
  readonly address: string
  readonly port: number
  /** `CONNECT host:port` and `GET http://…`. */
  readonly asked: readonly string[]
  /** The logins that were sent, decoded. */
  readonly logins: readonly string[]
  readonly close: () => Promise<void>
}

/** Where a proxy connects for `host:port`: to the same port of this machine, unless a test has another place. */
export type Route = (target: string) => { readonly host: string; readonly port: number }
const here: Route = (target) => ({ host: '127.0.0.1', port: Number(/:(\d+)$/.exec(target)?.[1] ?? 443) })

/** Starts one. With `user`, it demands this login (`name:password`). */
export async function startProxy(kind: ProxyKind = 'leads', user?: string, route: Route = here): Promise<LocalProxy> {
  const asked: string[] = []
  const logins: string[] = []
  const sockets = new Set<Socket>()
  const admits = ({ headers }: IncomingMessage): boolean => {
    const login = Buffer.from(headers['proxy-authorization']?.replace(/^Basic /, '') ?? '', 'base64').toString()
    if (login !== '') logins.push(login)
    return user === undefined || login === user
  }
  const status = kind === 'html' ? 200 : kind === 'login' ? 407 : kind === 'redirects' ? 302 : 403
  const gate = kind === 'redirects' ? { location: 'https://gate.example' } : {}
  const page = '<html><title>Acme web gateway</title></html>'
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    if (kind === 'closes') return void incoming.socket.destroy()
    if (kind === 'hangs') return
    if (!admits(incoming)) return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="acme"' }).end()
    if (kind !== 'leads') return void response.writeHead(status, { 'content-type': 'text/html', ...gate }).end(page)
    passOn(incoming, response)
  })
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url}`)
    sockets.add(socket)
    socket.on('error', () => undefined)
    if (kind === 'closes') return void socket.destroy()
    if (kind === 'hangs') return
    if (!admits(incoming)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    if (kind === 'page') return void socket.write(`HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n${page}`)
    if (kind === 'html') return void socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n${page}`)
    if (kind !== 'leads') return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-type: text/html\r\n\r\n${page}`)
    const onwards = connect(route(incoming.url ?? ''), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onwards).pipe(socket)
    })
    sockets.add(onwards)
    onwards.on('error', () => socket.destroy())
    socket.on('close', () => onwards.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    asked,
    logins,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function passOn(incoming: IncomingMessage, response: ServerResponse): void {
  const url = new URL(incoming.url ?? '')
  const { 'proxy-authorization': _, ...headers } = incoming.headers
  const onwards = request({
    host: '127.0.0.1',
    port: url.port || 80,
    path: url.pathname + url.search,
    method: incoming.method,
    headers,
  })
  onwards.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  onwards.on('error', () => response.writeHead(502).end())
  incoming.pipe(onwards)
}
