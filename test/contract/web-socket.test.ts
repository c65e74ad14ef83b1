import { once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createClient } from '../../src/core/contract/client.ts'
import { serveWebSocket, type WebSocketEnd } from '../harness/web-socket-server.ts'
import { type Socket, webSocketTransport } from '../harness/web-socket-transport.ts'
import { stage } from './stage.ts'
import { transportSuite } from './suite.ts'
import { vitest } from './vitest-runner.ts'

async function open(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address)
  await once(socket, 'open')
  return socket
}

transportSuite(vitest, 'WebSocket', async (server) => {
  const end = await serveWebSocket(server)
  const socket = new WebSocket(end.socket)
  const transport = webSocketTransport(socket as Socket)
  await once(socket, 'open')
  return { transport, close: () => end.close() }
})

describe('the engine behind a WebSocket', () => {
  let end: WebSocketEnd
  afterEach(() => end.close())

  it('rejects a client without the token', async () => {
    end = await serveWebSocket(stage().server, import.meta.dirname)
    for (const address of [end.socket.replace(/[0-9a-f]{48}/, 'x'), end.socket.replace(/[0-9a-f]{48}\//, '')])
      await expect(open(address)).rejects.toThrow()
    expect((await fetch(end.page.replace(/[0-9a-f]{48}/, '0'.repeat(48)))).status).toBe(404)
    expect((await fetch(end.page.replace('index.html', '..%2F..%2Fpackage.json'))).status).toBe(404)
    expect((await fetch(end.page.replace('index.html', 'bridge.js'))).status).toBe(200)
  })

  it('is unreachable once the connection is closed, and every request says so', async () => {
    const engine = stage()
    end = await serveWebSocket(engine.server)
    const client = createClient(webSocketTransport((await open(end.socket)) as Socket))
    const heard = vi.fn(() => new Promise<never>(() => undefined))
    engine.handlers.reset = heard
    const asked = client.request('reset', {})
    await vi.waitFor(() => expect(heard).toHaveBeenCalled())
    await end.close()
    end = await serveWebSocket(engine.server)
    expect(await asked).toMatchObject({ error: { code: 'run.unreachable' } })
    expect(await client.request('reset', {})).toMatchObject({ error: { code: 'run.unreachable' } })
  })
})
