import type { TestProject } from 'vitest/node'
import { debianProgram } from '../harness/debian-program.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A browser for the pages of the window, or null where none can be had. */
    readonly chromium: string | null
  }
}

/** Makes a browser ready. Where none can be had the tests that need it are skipped, and this says so. */
export async function setup(project: TestProject): Promise<void> {
  const chromium = await debianProgram('chromium', 'chromium', 'the pages of the window are tested in it')
  if (chromium === undefined) {
    process.stderr.write(
      'The pages of the window are not tested: there is no Chromium. sudo apt-get install chromium\n',
    )
  }
  project.provide('chromium', chromium ?? null)
}
