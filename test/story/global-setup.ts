import type { TestProject } from 'vitest/node'
import { setup as makeBrowserReady } from '../renderer/global-setup.ts'
import { setup as makeDesktopReady } from '../ui/harness/global-setup.ts'

/** Makes ready what both fronts need: a browser, the window's run-time, a display. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await makeBrowserReady(project)
  return makeDesktopReady(project)
}
