import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { windowArguments } from '../../src/cli/window/launch.ts'
import { folders } from '../../src/core/machine/folders.ts'
import { portsOpened } from '../harness/listening.ts'
import { desktop, expect, test } from './harness/fixtures.ts'

// The runtime for development has its fuse for the inspector on, because Playwright uses it.

let folder: string
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ui-inspector-'))
})
test.afterAll(() => rm(folder, { recursive: true, force: true }))

const main = join(import.meta.dirname, '..', '..', 'dist', 'electron', 'main.cjs')

/** Starts the window as `npm run window` does. Chromium's debugging port shows when it is ready. */
function start() {
  const args = [...windowArguments({ main }), '--disable-gpu', '--remote-debugging-port=0']
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    // With an empty cache it would begin to build the programs, and what builds outlives the killed window.
    XDG_CACHE_HOME: dirname(folders().cache),
    DISPLAY: desktop().display,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_RUNTIME_DIR: folder,
    NODE_OPTIONS: '--inspect=127.0.0.1:0',
  }
  const child = spawn(desktop().executable, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const said: string[] = []
  const port = new Promise<number>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line)
      const address = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1]
      if (address !== undefined) resolve(Number(new URL(address).port))
    })
  })
  const exited = once(child, 'exit')
  return {
    child,
    said,
    /** Chromium's port; undefined when the program ended before. */
    port: Promise.race([port, exited.then(() => undefined)]),
    end: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

test('the window opens no inspector on SIGUSR1, early or late, nor by NODE_OPTIONS', async () => {
  test.setTimeout(60_000)
  let lived = 0
  // However slow this machine is, the last of them is late enough.
  for (const after of [100, 150, 200, 300, 600, 'its port is open'] as const) {
    const { child, said, port, end } = start()
    try {
      await (typeof after === 'number' ? delay(after) : port)
      child.kill('SIGUSR1')
      const own = await port
      if (own !== undefined) {
        lived += 1
        expect(await portsOpened(child.pid ?? 0, [own])).toEqual([])
        child.kill('SIGUSR1')
        expect(await portsOpened(child.pid ?? 0, [own])).toEqual([])
      }
      expect(said.join('\n')).not.toContain('Debugger listening')
    } finally {
      await end()
    }
  }
  expect(lived).toBeGreaterThan(0)
})
