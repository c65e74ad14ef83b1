import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readFuses } from '../../src/cli/window/runtime/fuses.ts'
import { portsOpened } from '../harness/listening.ts'
import { desktop, expect, test } from './harness/fixtures.ts'
import { type Packaged, startPackaged } from './harness/packaged.ts'

// What is given to others, made by the very command: its fuse for the inspector is off, so Playwright controls the page
// over Chromium's own debugging port, and sees nothing of the main process but what a person sees.

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
let out: string
let folder: string
let app: Packaged | undefined

const environment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: homedir(),
  DISPLAY: desktop().display,
  XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  XDG_CONFIG_HOME: join(out, 'config'),
  XDG_STATE_HOME: join(out, 'state'),
  XDG_RUNTIME_DIR: out,
})

test.beforeAll(async () => {
  test.setTimeout(120_000)
  out = await mkdtemp(join(tmpdir(), 'ui-packaged-'))
  const command = [join(root, 'dist', 'cli.js'), 'package', '--only-folder', '--out', join(out, 'release')]
  const { stdout } = await run(process.execPath, command, { env: { ...process.env, NO_COLOR: '1' } })
  const [name, ...more] = await readdir(join(out, 'release'))
  expect(more).toEqual([])
  folder = join(out, 'release', name ?? '')
  expect(stdout).toContain('Fuses, read back from the program:')
})
test.afterEach(() => app?.end())
test.afterAll(() => rm(out, { recursive: true, force: true }))

test.describe('the packaged program', () => {
  test('says in its name when its runtime is for development', () => {
    expect(folder).toMatch(/\/sigstore-attestor-\d+\.\d+\.\d+-linux-x64-for-development$/)
  })

  test('has every fuse as required for shipping', async () => {
    expect(await readFuses(join(folder, 'sigstore-attestor'))).toEqual({
      RunAsNode: false,
      EnableCookieEncryption: false,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      EnableEmbeddedAsarIntegrityValidation: false,
      OnlyLoadAppFromAsar: true,
      LoadBrowserProcessSpecificV8Snapshot: false,
      GrantFileProtocolExtraPrivileges: false,
    })
  })

  test('has main, preload and page in its archive, and nothing else', async () => {
    const names = await archived(join(folder, 'resources', 'app.asar'))
    expect(names.filter((name) => !name.startsWith('dist/renderer/'))).toEqual([
      'dist/electron/main.cjs',
      'dist/electron/preload.cjs',
      'dist/electron/presenter.cjs',
      'package.json',
    ])
    expect(names).toContain('dist/renderer/index.html')
    expect((await readdir(join(folder, 'resources'))).toSorted()).toEqual(['app.asar', 'assets', 'programs'])
  })

  test('has what other programs start and build as real files, which need no npm packages', async () => {
    const programs = join(folder, 'resources', 'programs')
    for (const program of ['attestor-plugin.cjs', 'opener/xdg-open']) {
      await access(join(programs, program), constants.X_OK)
    }
    await access(join(folder, 'resources', 'assets', 'tools', 'ct-log', 'main.go'))
    // Each says what it lacks, which it can only when all of it was loaded. Under the Node that is packaged with them.
    const node = join(programs, 'bin', 'node')
    const issuer = run(node, [join(programs, 'oidc-issuer.mjs')])
    await expect(issuer).rejects.toMatchObject({ stderr: expect.stringContaining('Give the path of issuer.json') })
    const plugin = run(join(programs, 'attestor-plugin.cjs'), [])
    await expect(plugin).rejects.toMatchObject({ stderr: expect.stringContaining('plugin') })
  })

  test('has the licences of what is in it', async () => {
    const names = await readdir(folder)
    for (const file of ['LICENSE', 'LICENSE.electron.txt', 'LICENSES.chromium.html', 'LICENSES.packages.txt']) {
      expect(names).toContain(file)
    }
  })

  test('opens its window, becomes ready from the cache, plays a recording, shows its About panel, and ends on request', async () => {
    app = await startPackaged(join(folder, 'sigstore-attestor'), environment())
    const { page } = app
    expect(page.url()).toBe('app://attestor/index.html')
    await page.getByRole('button', { name: /^Run\s?: Signed$/ }).waitFor()
    const asked = await page.evaluate(`window.attestor.request('getSnapshot', {})`)
    const runTime = { name: 'Electron', version: desktop().version, forDevelopment: true }
    expect(asked).toMatchObject({ ok: true, value: { about: { runTime }, machine: { state: 'ready' } } })
    // A recording that lies beside the archive, because setup and story are not needed for it.
    await page.getByRole('button', { name: 'Watch a recording of Unsigned' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.keyboard.press('F1')
    await page.getByRole('dialog').getByText('for development').waitFor()
    await page.keyboard.press('Escape')
    process.kill(app.pid, 'SIGUSR1')
    expect(await portsOpened(app.pid, [app.port])).toEqual([])
    expect(app.said()).not.toMatch(/Debugger listening/)
    await app.end()
    // As asked by a signal: 128 + SIGTERM.
    expect(app.code()).toBe(143)
  })

  test('is no Node for anyone, whatever the environment says', async () => {
    const child = spawn(join(folder, 'sigstore-attestor'), ['--no-sandbox', '--disable-gpu', '-e', 'process.exit(7)'], {
      env: { ...environment(), ELECTRON_RUN_AS_NODE: '1', DISPLAY: ':none' },
      stdio: 'ignore',
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).not.toBe(7)
  })
})

/** The names in an asar archive: its header is JSON after four little-endian lengths. */
async function archived(file: string): Promise<string[]> {
  const handle = await open(file)
  try {
    const lengths = (await handle.read(Buffer.alloc(16), 0, 16, 0)).buffer
    const length = lengths.readUInt32LE(12)
    const header = (await handle.read(Buffer.alloc(length), 0, length, 16)).buffer.toString('utf8')
    const walk = (node: Node, place: string): string[] =>
      Object.entries(node.files ?? {}).flatMap(([name, each]) =>
        each.files === undefined ? [`${place}${name}`] : walk(each, `${place}${name}/`),
      )
    return walk(JSON.parse(header) as Node, '').toSorted()
  } finally {
    await handle.close()
  }
}

interface Node {
  readonly files?: Readonly<Record<string, Node>>
}
