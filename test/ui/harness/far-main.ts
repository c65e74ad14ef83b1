import { join } from 'node:path'
import { WebSocket } from 'ws'
import { startApp } from '../../../electron/main/start-app.ts'
import type { Changes } from '../../../src/core/contract/contract.ts'
import type { Transport } from '../../../src/core/contract/transport.ts'
import { type Socket, webSocketTransport } from '../../harness/web-socket-transport.ts'

// The app as it is shipped, but for this file: its engine is in the process of the test, which says where.

const folder = process.env['UI_TEST_FOLDER'] ?? ''
const listeners = new Set<(batch: Changes) => void>()
let engine: Transport | undefined

declare global {
  /** From now on the engine is this one. */
  var engineAt: (address: string) => Promise<void>
}

globalThis.engineAt = async (address) => {
  const socket = new WebSocket(address) as Socket
  engine = webSocketTransport(socket)
  engine.subscribe((batch) => {
    for (const listener of listeners) listener(batch as Changes)
  })
  if (socket.readyState !== 1) await new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()))
}

startApp({
  version: '0.0.0-test',
  electron: '0.0.0',
  userData: join(folder, 'user-data'),
  page: join(folder, 'page'),
  places: { state: join(folder, 'state'), cache: join(folder, 'cache') },
  preload: join(folder, 'preload.cjs'),
  openEngine: () => ({
    server: {
      request: (name, input) => {
        if (engine === undefined) throw new Error('No engine yet.')
        return engine.request(name as string, input)
      },
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    close: () => Promise.resolve(),
  }),
})
