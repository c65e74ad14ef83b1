import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { folders } from '../../../src/core/machine/folders.ts'
import { debian } from '../../../src/core/tools/debian.ts'
import { ensureRunTime } from '../../../src/core/tools/electron-run-time.ts'
import { virtualDisplay } from './display.ts'

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
  const there = await promisify(execFile)('sh', ['-c', 'command -v Xvfb']).then(
    () => true,
    () => false,
  )
  if (there) return
  const packages = await debian({ report: () => undefined })
  const installed = packages.canInstall ? await packages.install(['xvfb'], 'the window is tested on it') : undefined
  if (installed?.ok !== true) throw new Error('The window is tested on Xvfb. Install it: sudo apt-get install xvfb')
}
