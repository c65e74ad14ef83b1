import { defineConfig } from 'vitest/config'

// `npm run bench:kubernetes`: measured on demand, and no part of `npm test`.
export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0-bench') },
  test: {
    include: ['test/kubernetes/bench/*.bench.ts'],
    // Limits for what hangs. A pod takes a busy machine seconds.
    testTimeout: 3_600_000,
    hookTimeout: 1_800_000,
    // Each row as soon as it is known.
    disableConsoleIntercept: true,
  },
})
