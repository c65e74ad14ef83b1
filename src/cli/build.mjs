// Bundles our own code into dist/. Plain JavaScript, because it runs before anything of ours is built.
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { version, devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.18',
  logLevel: 'warning',
  legalComments: 'none',
  // Whether npm compiled native parts or not: the packages that have some are bundled without, so that every build is
  // the same.
  external: ['*.node'],
  define: { __VERSION__: JSON.stringify(version), __ELECTRON__: JSON.stringify(devDependencies.electron) },
}

/**
 * What Node would read before our first line runs is disabled, and its inspector gets an address on which nothing can
 * listen (src/core/process/no-inspector.ts).
 */
const ignored = ['OPTIONS', 'V8_COVERAGE', 'COMPILE_CACHE', 'REDIRECT_WARNINGS', 'PATH'].map(
  (name) => `-u NODE_${name}`,
)
const startedByNode = `#!/usr/bin/env -S -u OPENSSL_CONF ${ignored.join(' ')} node --inspect-port=192.0.2.1:9229`

const external = ['electron', ...common.external]
/** CommonJS has no import.meta, and our own code and npm's modules use it to find their files. */
const inElectron = {
  external,
  define: { ...common.define, 'import.meta.url': 'importMetaUrl' },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href' },
}

/** An ES module has none of what the CommonJS among its npm packages uses. */
const commonInModules = `import { createRequire as requireFrom } from "node:module"
const require = requireFrom(import.meta.url)
const __filename = import.meta.filename
const __dirname = import.meta.dirname`

/** Each of our programs: its source, its output, and whether it stands alone. */
const programs = [
  // One file that any SPIRE agent can start.
  { entry: 'src/core/attestor/main.ts', out: 'dist/attestor-plugin.cjs', format: 'cjs', executable: true },
  // One file as well.
  {
    entry: 'src/core/sandbox/issuer/main.ts',
    out: 'dist/oidc-issuer.mjs',
    format: 'esm',
    executable: false,
    banner: { js: commonInModules },
  },
  // The window: CommonJS, because schemes are declared before Electron is ready, and Node 20 cannot require npm's modules.
  { entry: 'electron/main/main.ts', out: 'dist/electron/main.cjs', format: 'cjs', executable: false, ...inElectron },
  // A preload in the sandbox can require nothing but electron, so it is one file.
  {
    entry: 'electron/preload/preload.ts',
    out: 'dist/electron/preload.cjs',
    format: 'cjs',
    executable: false,
    external,
  },
  {
    entry: 'electron/preload/presenter.ts',
    out: 'dist/electron/presenter.cjs',
    format: 'cjs',
    executable: false,
    external,
  },
  // cosign looks for a program with this name.
  { entry: 'src/core/sandbox/opener/main.ts', out: 'dist/opener/xdg-open', format: 'cjs', executable: true },
]

/**
 * The story in a terminal: dist/cli.js and one part for each command and for what they share, so that a command loads
 * only its own. What makes our other programs and packages stays in node_modules.
 */
async function buildCommands() {
  const made = await readdir(join(root, 'dist'))
  for (const part of made.filter((name) => /^cli-.*\.js$/.test(name))) await rm(join(root, 'dist', part))
  await build({
    ...common,
    entryPoints: { cli: 'src/cli/main.ts' },
    outdir: 'dist',
    chunkNames: 'cli-[name]-[hash]',
    format: 'esm',
    splitting: true,
    external: ['esbuild', 'electron-builder', ...common.external],
    banner: { js: commonInModules },
  })
}

await mkdir(join(root, 'dist'), { recursive: true })
await Promise.all([
  buildCommands(),
  ...programs.map(async ({ entry, out, executable, ...rest }) => {
    await build({
      ...common,
      ...rest,
      entryPoints: [entry],
      outfile: out,
      ...(executable ? { banner: { js: startedByNode } } : {}),
    })
    if (executable) await chmod(join(root, out), 0o755)
  }),
])
