import { defineConfig, type PlaywrightTestConfig } from 'playwright/test'
import { installedProgram } from './test/harness/debian-program.ts'
import type { DesktopOptions } from './test/ui/harness/fixtures.ts'

// Everything that has a window. What has none is tested by Vitest (vitest.config.ts).
const chromium: PlaywrightTestConfig['use'] = {
  viewport: { width: 1280, height: 800 },
  contextOptions: { reducedMotion: 'reduce' },
  permissions: ['clipboard-read', 'clipboard-write'],
  launchOptions: {
    executablePath: installedProgram('chromium') ?? '/usr/bin/chromium',
    // Chromium's own sandbox does not work as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  },
}

// test/ui/harness/evidence.ts takes the pictures of Electron's windows.
const electron: PlaywrightTestConfig['use'] = { screenshot: 'off' }

export default defineConfig<object, DesktopOptions>({
  testDir: 'test',
  outputDir: 'test-results/playwright',
  // A browser waits as much as it works: one at a time would leave half of two cores idle.
  workers: 2,
  // A second try keeps a whole run from failing for one race; what needed it is named in the summary, to be fixed.
  retries: 1,
  forbidOnly: process.env['CI'] !== undefined,
  // What is waited for ends the wait; the default of five seconds is not enough beside other work.
  expect: { timeout: 15_000 },
  reporter: [['list'], ['html', { open: 'never' }]],
  use: {
    // With the page before and after each action, without the film of it, which costs a quarter of the processor.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    actionTimeout: 10_000,
    navigationTimeout: 30_000,
  },
  projects: [
    { name: 'setup-chromium', testMatch: '**/renderer/chromium.setup.ts', timeout: 300_000 },
    { name: 'setup-gallery', testMatch: '**/renderer/gallery/gallery.setup.ts', timeout: 120_000 },
    { name: 'setup-electron', testMatch: '**/ui/harness/desktop.setup.ts', timeout: 600_000 },
    {
      name: 'pages',
      testMatch: '**/renderer/*.spec.ts',
      dependencies: ['setup-chromium', 'setup-gallery'],
      timeout: 300_000,
      use: {
        ...chromium,
        // A new context, with a process of its own, costs more than most of these tests. Storage is emptied in between.
        reuseContext: true,
        // These play recordings, so what fails does so again, and only the second try is traced: a tenth of the work.
        trace: { mode: 'on-first-retry', screenshots: false },
      },
    },
    {
      name: 'electron',
      testMatch: '**/ui/*.spec.ts',
      dependencies: ['setup-electron'],
      timeout: 60_000,
      use: electron,
    },
    {
      name: 'story-chromium',
      testMatch: '**/story/chromium.spec.ts',
      dependencies: ['setup-chromium'],
      timeout: 300_000,
      workers: 1,
      // The same specs are traced in Electron; here a second try is, which begins from the start.
      use: { ...chromium, onDesktop: false, trace: { mode: 'on-first-retry', screenshots: false } },
    },
    {
      name: 'story-electron',
      testMatch: '**/story/*.spec.ts',
      testIgnore: '**/story/chromium.spec.ts',
      dependencies: ['setup-electron'],
      timeout: 300_000,
      workers: 1,
      use: electron,
    },
  ],
})
