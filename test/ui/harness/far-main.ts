import { once } from 'node:events'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { startApp } from '../../../electron/main/start-app.ts'
import type { Changes } from '../../../src/core/contract/contract.ts'
import type { Transport } from '../../../src/core/contract/transport.ts'
import { appError } from '../../../src/core/domain/app-error.ts'
import { type Socket, webSocketTransport } from '../../harness/web-socket-transport.ts'

// The shipped app, except for this file: its engine is in the process of the test, which passes its address.

const folder = process.env['UI_TEST_FOLDER'] ?? ''
const noEngine = appError('run.unreachable', 'The test has closed its engine.', 'Open another one.')
const listeners = new Set<(batch: Changes) => void>()
let engine: Transport | undefined

declare global {
  /** From now on the engine is this one. */
  var engineAt: (address: string) => Promise<void>
}

globalThis.engineAt = async (address) => {
  const web = new WebSocket(address)
  const socket = web as Socket
  const far = webSocketTransport(socket)
  engine = far
  // Closing first checks whether a run is in progress; there is no answer any more.
  socket.addEventListener('close', () => {
    if (engine === far) engine = undefined
  })
  far.subscribe((batch) => {
    for (const listener of listeners) listener(batch as Changes)
  })
  if (socket.readyState !== 1) await once(web, 'open')
}

startApp({
  version: '0.0.0-test',
  electron: '0.0.0',
  files: [],
  userData: join(folder, 'user-data'),
  page: join(folder, 'page'),
  places: { state: join(folder, 'state'), cache: join(folder, 'cache') },
  presenterPreload: '',
  preload: join(folder, 'preload.cjs'),
  openEngine: () => ({
    server: {
      request: (name, input) => {
        if (engine === undefined) return Promise.resolve({ ok: false, error: noEngine } as const)
        return engine.request(name as string, input)
      },
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    close: () => Promise.resolve([]),
  }),
})
