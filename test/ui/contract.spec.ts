import type { Envelope } from '../../src/core/contract/transport.ts'
import { type Runner, transportSuite } from '../contract/suite.ts'
import { serveWebSocket } from '../harness/web-socket-server.ts'
import { bundleApp, launchApp, type TestApp } from './harness/app.ts'
import { expect, test } from './harness/fixtures.ts'

const runner: Runner = {
  describe: (title, body) => test.describe(title, body),
  test: (title, body) => test(title, body),
  beforeEach: (body) => test.beforeEach(body),
  afterEach: (body) => test.afterEach(body),
  expect,
}

/** An app with the page's way to receive changes. */
interface Window {
  readonly app: TestApp
  /** Receives what the page receives. */
  listeners: Set<(batch: unknown) => void>
}

// A front end is a window of an app, and two at a time are two apps. They are used again: starting one takes a second.
const all: Window[] = []
const free: Window[] = []

test.beforeAll(async () => {
  await openWindow()
  await openWindow()
})

async function openWindow(): Promise<void> {
  const app = await launchApp({ folder: await bundleApp('far-main.ts') })
  const window: Window = { app, listeners: new Set() }
  await app.page.exposeFunction('received', (batch: unknown) => {
    for (const listener of window.listeners) listener(batch)
  })
  all.push(window)
  free.push(window)
}

test.afterAll(async () => {
  for (const { app } of all) await app.close()
})

transportSuite(runner, 'Electron’s IPC', async (server) => {
  const end = await serveWebSocket(server)
  const window = free.pop()
  if (window === undefined) throw new Error('Both windows are in use.')
  const { app, page } = window.app
  await app.evaluate((_electron, address) => globalThis.engineAt(address), end.socket)
  const listeners = new Set<(batch: unknown) => void>()
  window.listeners = listeners
  // Earlier subscriptions are ended in the page's own way; a reloaded page belongs to another file.
  await page.evaluate(
    'window.deaf?.(); window.deaf = window.attestor.subscribe((batch) => void window.received(batch)); undefined',
  )
  return {
    transport: {
      request: (name, input) =>
        page.evaluate<Envelope>(`window.attestor.request(${JSON.stringify(name)}, ${JSON.stringify(input)})`),
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    close: async () => {
      free.push(window)
      await end.close()
    },
  }
})
