import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { _electron, type ElectronApplication } from 'playwright/test'
import { desktop } from './desktop.ts'

/** Holds an app back until Playwright has attached, as it does if Playwright finds Electron itself. */
const playwrightLoader = join(
  dirname(createRequire(createRequire(import.meta.url).resolve('playwright')).resolve('playwright-core/package.json')),
  'lib/server/electron/loader.js',
)

type LaunchOptions = NonNullable<Parameters<typeof _electron.launch>[0]>

/** Starts Electron with these arguments: a main file, switches, files. `evaluate` waits for a turn of its own. */
export async function launchElectron(args: readonly string[], options: LaunchOptions): Promise<ElectronApplication> {
  const app = await _electron.launch({
    executablePath: desktop().executable,
    ...options,
    // Without Playwright’s loader the app and Playwright race.
    args: ['-r', playwrightLoader, ...args],
  })
  return inTurnsOfItsOwn(app)
}

/**
 * Gives whatever a test evaluates in the main process a turn of its own. The inspector, over which it comes, interrupts
 * any call, also Node's own: a timer that is cleared between Node's check of it and its call is an error ("timer._onTimeout
 * is not a function") that no user can cause.
 */
function inTurnsOfItsOwn(app: ElectronApplication): ElectronApplication {
  const evaluate = app.evaluate.bind(app)
  return Object.assign(app, {
    evaluate: (asked: unknown, argument: unknown) =>
      evaluate(
        async (electron, { source, argument }) => {
          await new Promise((resolve) => setImmediate(resolve))
          const { runInThisContext } = process.getBuiltinModule('node:vm')
          return (runInThisContext(`(${source})`) as (...given: unknown[]) => unknown)(electron, argument)
        },
        { source: String(asked), argument },
      ),
  })
}
