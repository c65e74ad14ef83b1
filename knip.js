/** What `npm run check` looks for dead code in, and where the living begins. */
export default {
  entry: [
    'src/cli/main.ts',
    'src/core/attestor/main.ts',
    'src/cli/build-attestor.mjs',
    'src/core/sandbox/issuer/main.ts',
    'src/core/sandbox/opener/main.ts',
    'electron/main/main.ts',
    'electron/preload/{preload,presenter}.ts',
    'renderer/main.tsx',
    'renderer/presenter/main.tsx',
    'renderer/vite.config.ts',
    'test/renderer/gallery/{main.tsx,presenter.tsx,serve.ts}',
    'test/ui/harness/{main,far-main}.ts',
    'test/harness/web-socket-bridge.ts',
    'test/**/*.setup.ts',
    'test/process/machine/lock-contender.ts',
    'test/bench/*.{ts,cjs,js}',
    'test/check/*.{mjs,ts}',
    'test/conformance/run.mjs',
    'test/kills/run.mjs',
  ],
  project: ['src/**/*.{ts,mjs,cjs}', 'electron/**/*.ts', 'renderer/**/*.{ts,tsx,css}', 'test/**/*.{ts,tsx,mjs}'],
  // Style sheets import each other and the fonts.
  compilers: { css: (text) => (text.match(/@import[^;]+/g) ?? []).join('\n').replaceAll('@import', 'import') },
  ignoreExportsUsedInFile: true,
  ignoreBinaries: ['Xvfb', 'mkfifo', 'mount', 'setpriv', 'systemd-analyze', 'umount', 'unshare', 'xdg-open'],
}
