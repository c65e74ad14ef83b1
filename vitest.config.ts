import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Everything that has no window; what has one is tested by Playwright Test (playwright.config.ts). The real tools come
// after the rest, one file at a time: each of them keeps a small machine busy by itself.
export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    // A test of processes waits as much as it works: one file at a time would leave half of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // The default of one second is not enough beside other work; what is waited for ends the wait.
    expect: { poll: { timeout: 15_000 } },
    // What was transformed is kept beside node_modules: each file of the integration tests has a run of its own.
    experimental: { fsModuleCache: true },
    // A limit for what hangs. Nothing waits this long; beside two lanes on two cores everything takes longer.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/check/plain-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'check', include: ['test/check/**/*.test.ts'], testTimeout: 620_000 } },
      // The files of a tier share the modules of their worker: loading them is half of the work of pure logic.
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'renderer', include: ['test/renderer/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'process', include: ['test/process/**/*.test.ts'], testTimeout: 120_000, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'kubernetes',
          include: ['test/kubernetes/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
