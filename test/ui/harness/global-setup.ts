import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { ensureRunTime } from '../../../src/cli/window/runtime/runtime.ts'
import { virtualDisplay } from '../../../src/cli/window/virtual-display.ts'
import { folders } from '../../../src/core/machine/folders.ts'
import { debianProgram } from '../../harness/debian-program.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The Electron of the tests. */
    readonly electron: { readonly executable: string; readonly version: string }
    readonly display: string
  }
}

const root = join(import.meta.dirname, '..', '..', '..')

/** Makes ready what every spec here needs: the run-time, its libraries, a display. Fails where they cannot be had. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (text: string): unknown => process.stderr.write(`ui tests: ${text}\n`)
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
  await ensureXvfb()
  const display = await virtualDisplay()
  project.provide('electron', { executable: runTime.value.executable, version: runTime.value.version })
  project.provide('display', display.name)
  return display.stop
}

async function ensureXvfb(): Promise<void> {
  if ((await debianProgram('Xvfb', 'xvfb', 'the window is tested on it')) !== undefined) return
  throw new Error('The window is tested on Xvfb. Install it: sudo apt-get install xvfb')
}
