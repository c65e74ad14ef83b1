import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ElectronApplication } from 'playwright/test'
import { desktop } from '../../ui/harness/desktop.ts'
import { record } from '../../ui/harness/evidence.ts'
import { launchElectron } from '../../ui/harness/launch.ts'
import { listen, type OwnFolders, ownFolders, type Stage } from './stage.ts'

export const main = join(import.meta.dirname, '..', '..', '..', 'dist', 'electron', 'main.cjs')

/** The built desktop app, with the handles that only a desktop has. */
export interface ElectronStage extends Stage {
  readonly front: 'electron'
  readonly app: ElectronApplication
  /** The next prompt of the window gets this answer; its text is in `asked`. */
  readonly answerQuestions: (press: 'Keep running' | 'Stop and close') => Promise<void>
  readonly asked: () => Promise<readonly string[]>
  /** Presses the window's close button. */
  readonly cross: () => Promise<void>
  /** Exit code of the program; null when a signal ended it. */
  /** The main process: Playwright's own way to it throws once the process has ended. */
  readonly child: ChildProcess
  readonly ended: () => Promise<number | null>
}

/**
 * Asks the main process, again when V8 has lost the promise of the answer: its inspector holds it by a weak handle only
 * (microsoft/playwright#33737). For questions that may be asked twice.
 */
async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('promise was garbage collected')) throw error
    return await question()
  }
}

/** How the program is started, here and a second time. */
export const environment = (where: OwnFolders): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  DISPLAY: desktop().display,
  ...where.env,
})

/** Starts the built program, on the real engine, and waits for its page. */
export async function electronStage(where: OwnFolders = ownFolders()): Promise<ElectronStage> {
  const app = await launchElectron([main, '--disable-gpu', `--node=${process.execPath}`], {
    chromiumSandbox: process.getuid?.() !== 0,
    env: environment(where),
  })
  const child = app.process()
  const complaints: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => {
    // A stack is a bug of ours; the rest is what Chromium prints on every machine without desktop services.
    const said = chunk.toString('utf8')
    if (/^\s+at .+:\d+/m.test(said)) complaints.push(said)
  })
  const ended = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended()
  }
  await record(app, close)
  const page = await app.firstWindow()
  listen(page, complaints)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.getByRole('heading', { level: 1 }).waitFor()

  return {
    front: 'electron',
    app,
    child,
    page,
    where,
    loginPage: async () => {
      const login =
        app.windows().find((each) => each !== page) ?? (await app.waitForEvent('window', { timeout: 60_000 }))
      await login.getByRole('heading', { name: 'Who signs?' }).waitFor()
      return login
    },
    resize: ({ width, height }) =>
      ask(() =>
        app.evaluate(
          ({ BrowserWindow }, [width, height]) => {
            BrowserWindow.getAllWindows()
              .find((each) => each.getTitle() !== 'Log in')
              ?.setContentSize(width, height)
          },
          [width, height] as const,
        ),
      ),
    clipboard: () => ask(() => app.evaluate(({ clipboard }) => clipboard.readText())),
    complaints: () => complaints,
    answerQuestions: (press) =>
      app.evaluate(({ dialog }, press) => {
        const asked: string[] = []
        Object.assign(globalThis, { asked })
        dialog.showMessageBox = (...words: readonly unknown[]) => {
          const options = words.at(-1) as { readonly message: string; readonly buttons: readonly string[] }
          asked.push(options.message)
          return Promise.resolve({ response: options.buttons.indexOf(press), checkboxChecked: false })
        }
      }, press),
    asked: () => ask(() => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)),
    cross: () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows().filter((each) => each.getTitle() !== 'Log in')
        setImmediate(() => window?.close())
      }),
    ended,
    close,
  }
}
