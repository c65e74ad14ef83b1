import { test as base } from 'playwright/test'
import { startDesktop } from './desktop.ts'
import { beginEvidence, endEvidence } from './evidence.ts'

export { expect } from 'playwright/test'
export { desktop } from './desktop.ts'

/** An option of a project: without it, its tests need neither Electron nor a display. */
export interface DesktopOptions {
  readonly onDesktop: boolean
}

/** Tests of the app on Electron. Each worker has a display of its own; each failure has a trace and pictures. */
export const test = base.extend<
  { readonly evidence: undefined },
  DesktopOptions & { readonly startedDesktop: undefined }
>({
  onDesktop: [true, { scope: 'worker', option: true }],
  startedDesktop: [
    async ({ onDesktop }, use) => {
      const stop = onDesktop ? await startDesktop() : undefined
      await use(undefined)
      await stop?.()
    },
    { scope: 'worker', auto: true, timeout: 120_000 },
  ],
  evidence: [
    async ({}, use, testInfo) => {
      await beginEvidence()
      await use(undefined)
      await endEvidence(testInfo)
    },
    { auto: true },
  ],
})
