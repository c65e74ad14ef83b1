import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { bundleApp, launchApp } from './harness/app.ts'
import { desktop, expect, test } from './harness/fixtures.ts'

// Chromium's own sandbox does not work as root. Where the tests run as root, this one runs as nobody.

const nobody = 65_534
const run = promisify(execFile)
const root = process.getuid?.() === 0
const asNobody = ['--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups', '--']

/** Why the sandbox cannot be tested on this machine, or undefined. */
const why = await run(root ? 'setpriv' : 'unshare', [...(root ? [...asNobody, 'unshare'] : []), '--user', 'true']).then(
  () => undefined,
  (error: Error) => `an ordinary user gets no user namespace here: ${error.message.split('\n').at(-1)}`,
)

test('an ordinary user’s pages run in Chromium’s sandbox, and the window shows that', async () => {
  test.skip(why !== undefined, why ?? '')
  const folder = await bundleApp()
  const { executable } = desktop()
  const place = await mkdtemp(join(tmpdir(), 'ui-run-time-'))
  await chmod(place, 0o755)
  await cp(dirname(executable), place, { recursive: true })
  let program = join(place, 'electron')
  if (root) {
    program = join(place, 'as-nobody')
    await writeFile(program, `#!/bin/sh\nexec setpriv ${asNobody.join(' ')} '${join(place, 'electron')}' "$@"\n`)
    await chmod(program, 0o755)
    await chmod(folder, 0o755)
    await chown(folder, nobody, nobody)
  }
  const running = await launchApp({ chromiumSandbox: true, executablePath: program, folder })
  expect(await running.app.evaluate(() => process.getuid?.())).not.toBe(0)
  const snapshot = `window.attestor.request('getSnapshot', {}).then(({ value }) => value.about.runTime.sandboxed)`
  expect(await running.page.evaluate(snapshot)).toBe(true)
  const pid = await running.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
  )
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  // 2 is a filter on system calls; and the page's process sees no process but its own kind.
  expect(status).toMatch(/^Seccomp:\t2$/m)
  expect(status).toMatch(/^NoNewPrivs:\t1$/m)
  const namespace = (of: number | string | undefined, kind: string) => readlink(`/proc/${of}/ns/${kind}`)
  expect(await namespace(pid, 'user')).not.toBe(await namespace(process.pid, 'user'))
  expect(await namespace(pid, 'pid')).not.toBe(await namespace(process.pid, 'pid'))
  expect(await namespace(pid, 'net')).not.toBe(await namespace(process.pid, 'net'))
  // Not even a window that requests none gets out of it.
  const careless = await running.app.evaluate(async ({ BrowserWindow }) => {
    const window = new BrowserWindow({ show: false, webPreferences: { sandbox: false } })
    await window.loadURL('app://attestor/index.html')
    return window.webContents.getOSProcessId()
  })
  expect(await readFile(`/proc/${careless}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m)
  await running.close()
  await rm(place, { recursive: true, force: true })
})
