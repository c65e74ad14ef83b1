import { join } from 'node:path'
import { ensureRunTime } from '../../../src/cli/window/runtime/runtime.ts'
import { virtualDisplay } from '../../../src/cli/window/virtual-display.ts'
import { folders } from '../../../src/core/machine/folders.ts'
import { debianProgram } from '../../harness/debian-program.ts'

/** The Electron of the tests, and the display that it draws on. */
interface Desktop {
  readonly executable: string
  readonly version: string
  /** For DISPLAY. */
  readonly display: string
}

const root = join(import.meta.dirname, '..', '..', '..')
let started: Desktop | undefined

/** The desktop of this worker. Throws where the fixtures of `fixtures.ts` have not started one. */
export function desktop(): Desktop {
  if (started === undefined) throw new Error('No desktop was started: import `test` from test/ui/harness/fixtures.ts.')
  return started
}

/** Downloads and installs what a desktop needs: the window's runtime, its libraries, Xvfb. Throws why it cannot. */
export async function installDesktop(): Promise<{ readonly executable: string; readonly version: string }> {
  const say = (text: string): unknown => process.stderr.write(`window tests: ${text}\n`)
  const runTime = await ensureRunTime({
    cache: folders().cache,
    assets: join(root, 'assets'),
    electronPackage: join(root, 'node_modules', 'electron', 'package.json'),
    node: process.execPath,
    report: (event) => {
      if (event.type === 'source.tried') say(`Electron: ${event.detail} …`)
      if (event.type === 'machine.installing') say(`apt-get install ${event.packages.join(' ')} …`)
    },
  })
  if (!runTime.ok) throw new Error(`${runTime.error.what} ${runTime.error.found ?? ''} ${runTime.error.remedy}`)
  if ((await debianProgram('Xvfb', 'xvfb', 'the window is tested on it')) === undefined)
    throw new Error('The window is tested on Xvfb. Install it: sudo apt-get install xvfb')
  return runTime.value
}

/** Starts a display for this worker; answers how to stop it. */
export async function startDesktop(): Promise<() => Promise<void>> {
  const { executable, version } = await installDesktop()
  const display = await virtualDisplay()
  started = { executable, version, display: display.name }
  return display.stop
}
