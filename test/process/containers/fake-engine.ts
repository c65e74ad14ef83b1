import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An engine that responds as the test wants, on a real socket. */
export async function fakeEngine(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ socket: string; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'fake-engine-'))
  const socket = join(folder, 'engine.sock')
  const server = createServer((request, response) => {
    if (request.url === '/version') {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ Version: '99.1', Components: [{ Name: 'Podman Engine' }] }))
    } else answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(async () => {
    await close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { socket, close }
}
