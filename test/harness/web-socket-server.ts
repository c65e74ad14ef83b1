import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { build } from 'esbuild'
import { type WebSocket, WebSocketServer } from 'ws'
import { contentSecurityPolicy } from '../../electron/main/app-path.ts'
import type { Server } from '../../src/core/contract/server.ts'
import type { Message, Question } from './web-socket-transport.ts'

/** An engine that responds on loopback, to any client that knows the address. For tests only. */
export interface WebSocketEnd {
  /** Where front ends connect. */
  readonly socket: string
  /** The page with `window.attestor`, for a browser; only set if a page was given. */
  readonly page: string
  readonly close: () => Promise<void>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
}

/**
 * Serves the contract over WebSocket, and the built page in the folder `page` under the window's own policy, except for
 * the one connection. All addresses contain a random token.
 */
export async function serveWebSocket(
  server: Pick<Server, 'request' | 'subscribe'>,
  page?: string,
): Promise<WebSocketEnd> {
  const token = randomBytes(24).toString('hex')
  const bridge = page === undefined ? '' : await bridgeScript()
  const http = createServer((request, response) => void answer(request, response))
  const sockets = new WebSocketServer({ noServer: true })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, given, ...rest] = normalize(new URL(request.url ?? '/', 'http://localhost').pathname).split('/')
    const name = rest.join('/')
    if (given !== token || page === undefined) return void response.writeHead(404).end()
    const body = name === 'bridge.js' ? bridge : await readFile(join(page, name)).catch(() => undefined)
    if (body === undefined) return void response.writeHead(404).end()
    const own = `ws://${request.headers.host ?? ''}`
    response.writeHead(200, {
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy.replace("connect-src 'none'", `connect-src ${own}`),
    })
    response.end(
      name === 'index.html' ? String(body).replace('<script', '<script src="./bridge.js"></script><script') : body,
    )
  }
  http.on('upgrade', (request, stream, head) => {
    if (request.url !== `/${token}/socket`) return void stream.destroy()
    sockets.handleUpgrade(request, stream, head, (socket) => connect(socket, server))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  return {
    socket: `ws://127.0.0.1:${port}/${token}/socket`,
    page: `http://127.0.0.1:${port}/${token}/index.html`,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}

function connect(socket: WebSocket, server: Pick<Server, 'request' | 'subscribe'>): void {
  const send = (message: Message): void => socket.send(JSON.stringify(message))
  const unsubscribe = server.subscribe((changes) => send({ changes }))
  socket.on('close', unsubscribe)
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string') return socket.close(1003)
    const { id, name, input } = JSON.parse(data) as Question
    void server.request(name, input).then((answer) => send({ id, answer }))
  })
}

async function bridgeScript(): Promise<string> {
  const entry = join(import.meta.dirname, 'web-socket-bridge.ts')
  const built = await build({ entryPoints: [entry], bundle: true, format: 'iife', write: false })
  return built.outputFiles[0]?.text ?? ''
}
