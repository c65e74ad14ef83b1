import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { setup as makeBrowserReady } from '../renderer/global-setup.ts'
import { setup as makeDesktopReady } from '../ui/harness/global-setup.ts'

/** Makes ready what both fronts need: a browser, the window's run-time, a display, and no pictures of earlier runs. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await rm(join(import.meta.dirname, '..', '..', 'test-results'), { recursive: true, force: true })
  await makeBrowserReady(project)
  return makeDesktopReady(project)
}
