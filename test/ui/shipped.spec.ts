import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { folders } from '../../src/core/machine/folders.ts'
import { record } from './harness/evidence.ts'
import { desktop, expect, test } from './harness/fixtures.ts'
import { launchElectron } from './harness/launch.ts'

const dist = join(import.meta.dirname, '..', '..', 'dist')
const recording = join(import.meta.dirname, '..', 'renderer', 'recordings', 'signed.jsonl')

/** Starts the program as it is built, with folders of its own; the end of the test ends it. */
async function launchShipped(...files: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'ui-shipped-'))
  const main = join(dist, 'electron', 'main.cjs')
  const app = await launchElectron([main, '--disable-gpu', `--node=${process.execPath}`, ...files], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      DISPLAY: desktop().display,
      XDG_CACHE_HOME: dirname(folders().cache),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_RUNTIME_DIR: folder,
    },
  })
  await record(app, async () => {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  })
  return app
}

test('the built program shows its page, requests only app://, and violates no rule of its policy', async () => {
  // Stage 0 builds it before the tests.
  expect(existsSync(join(dist, 'renderer', 'index.html'))).toBe(true)
  const app = await launchShipped()
  const page = await app.firstWindow()
  await page.waitForSelector('button')
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.reload()
  await page.waitForSelector('button')
  expect(await page.evaluate('document.fonts.ready.then((fonts) => fonts.size > 0)')).toBe(true)
  expect(asked.length).toBeGreaterThan(2)
  expect(asked.filter((url) => !url.startsWith('app://attestor/'))).toEqual([])
  expect(complaints).toEqual([])
})

test('the built program copies a shortened value whole at a right click on it, wherever values are shown', async () => {
  const app = await launchShipped(recording)
  await app.evaluate(({ Menu }) => {
    Menu.prototype.popup = function popup(this: Electron.Menu) {
      this.items.find(({ label }) => label === 'Copy &Value')?.click()
    }
  })
  const clipboard = () => app.evaluate(({ clipboard }) => clipboard.readText())
  const page = await app.firstWindow()
  page.setDefaultTimeout(10_000)
  await page.getByRole('slider', { name: 'Place in the recording' }).press('End')
  const thread = page.getByRole('complementary', { name: 'The thread' })
  const map = page.getByRole('list', { name: 'Parties' })
  const result = page.getByRole('region', { name: 'Result' })
  for (const [act, part] of [
    ['Push', thread],
    ['Push', page.getByRole('main')],
    ['Identity', result],
    ['Trust map', map],
  ] as const) {
    await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: act }).click()
    const value = part.locator('.value-text').last()
    await value.click({ button: 'right' })
    const whole = await value.getAttribute('title')
    expect(whole).not.toContain('…')
    await expect.poll(clipboard).toBe(whole)
  }
})

test('the built program uses no folder that others could have filled, and says which', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ui-shipped-'))
  await mkdir(join(folder, 'sigstore-attestor'))
  await chmod(join(folder, 'sigstore-attestor'), 0o777)
  const state = join(folder, 'state')
  const args = [
    join(dist, 'electron', 'main.cjs'),
    '--disable-gpu',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ]
  const app = spawn(desktop().executable, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      DISPLAY: desktop().display,
      XDG_STATE_HOME: state,
      XDG_RUNTIME_DIR: folder,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    let said = ''
    for await (const chunk of app.stderr) {
      said += String(chunk)
      // It then shows the same in the terminal.
      if (said.includes('chmod go-w')) break
    }
    expect(said).toContain(`The runtime folder ${join(folder, 'sigstore-attestor')} is not used`)
    expect(existsSync(state)).toBe(false)
  } finally {
    app.kill('SIGKILL')
    if (app.exitCode === null && app.signalCode === null) await once(app, 'exit')
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
})

test('each built preload is one small file that requires electron alone', async () => {
  for (const name of ['preload', 'presenter']) {
    const preload = await readFile(join(dist, 'electron', `${name}.cjs`), 'utf8')
    expect([...preload.matchAll(/require\("([^"]+)"\)/g)].map(([, required]) => required)).toEqual(['electron'])
    expect(preload.length).toBeLessThan(5_000)
  }
})

test('the build contains nothing of the tests', async () => {
  const main = await readFile(join(dist, 'electron', 'main.cjs'), 'utf8')
  expect(main).not.toMatch(/UI_TEST_FOLDER|playwright/)
})
