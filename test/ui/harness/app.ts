import type { ChildProcess } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import type { ElectronApplication, Page } from 'playwright/test'
import { build as buildPages } from 'vite'
import { desktop } from './desktop.ts'
import { record } from './evidence.ts'
import { launchElectron } from './launch.ts'

/** The app of the tests, running. */
export interface TestApp {
  readonly app: ElectronApplication
  readonly page: Page
  /** Below /tmp, readable by everybody. */
  readonly folder: string
  /** The main process: Playwright's own way to it throws once the process has ended. */
  readonly child: ChildProcess
  /** What the main process has said on stderr so far. */
  readonly stderr: () => string
  readonly close: () => Promise<void>
}

const harness = import.meta.dirname
const root = join(harness, '..', '..', '..')
const preload = (name: string): string => join(root, 'electron', 'preload', `${name}.ts`)

/** Bundles main (the harness's own entry) and the shipped preload into a folder of this test. */
export async function bundleApp(entry = 'main.ts'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ui-test-'))
  const common = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['electron', '*.node'],
  } satisfies BuildOptions
  await Promise.all([
    build({ ...common, entryPoints: [join(harness, entry)], outfile: join(folder, 'main.cjs') }),
    build({ ...common, entryPoints: [preload('preload')], outfile: join(folder, 'preload.cjs') }),
    build({ ...common, entryPoints: [preload('presenter')], outfile: join(folder, 'presenter.cjs') }),
    cp(join(harness, 'page'), join(folder, 'page'), { recursive: true }),
  ])
  return folder
}

/** The same with the program's own pages, built as they ship, instead of the harness's page. */
export async function bundleAppWithPages(): Promise<string> {
  const folder = await bundleApp()
  await buildPages({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(folder, 'page'), emptyOutDir: true },
  })
  return folder
}

export interface LaunchOptions {
  /** Chromium's own sandbox, which cannot work as root. */
  readonly chromiumSandbox?: boolean
  readonly executablePath?: string
  readonly folder?: string
  /** More arguments of the program: switches and files. */
  readonly args?: readonly string[]
  /** The recording that the engine has, as a file; then it has no runs. */
  readonly recording?: string
  /** The page's process ends while it is loaded for the first time; it is not waited for. */
  readonly endsWhileLoading?: boolean
}

/** Starts the test app on real Electron and waits for its page. One that a test has started is closed with the test. */
export async function launchApp(options: LaunchOptions = {}): Promise<TestApp> {
  const folder = options.folder ?? (await bundleApp())
  const app = await launchElectron([join(folder, 'main.cjs'), '--disable-gpu', ...(options.args ?? [])], {
    ...(options.executablePath !== undefined && { executablePath: options.executablePath }),
    chromiumSandbox: options.chromiumSandbox ?? false,
    env: {
      PATH: process.env['PATH'] ?? '',
      DISPLAY: desktop().display,
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      UI_TEST_FOLDER: folder,
      ...(options.recording !== undefined && { UI_TEST_RECORDING: options.recording }),
      ...(options.endsWhileLoading === true && { UI_TEST_ENDS_WHILE_LOADING: 'yes' }),
    },
  })
  let said = ''
  const child = app.process()
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const close = async (): Promise<void> => {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
  await record(app, close)
  const page = await app.firstWindow()
  if (options.endsWhileLoading !== true) await page.waitForLoadState('load')
  return {
    app,
    page,
    folder,
    child,
    stderr: () => said,
    close,
  }
}
