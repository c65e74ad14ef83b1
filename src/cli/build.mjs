// Bundles our own code into dist/. Plain JavaScript, because it runs before anything of ours is built.
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(version) },
}

/** Every program of ours: what it is made from, where it goes, and whether it stands alone. */
const programs = [
  // The story in a terminal; its npm packages stay in node_modules.
  { entry: 'src/cli/main.ts', out: 'dist/cli.js', format: 'esm', packages: 'external', executable: false },
  // One file that any SPIRE agent can start.
  { entry: 'src/core/attestor/main.ts', out: 'dist/attestor-plugin.cjs', format: 'cjs', executable: true },
  {
    entry: 'src/core/sandbox/issuer/main.ts',
    out: 'dist/oidc-issuer.mjs',
    format: 'esm',
    packages: 'external',
    executable: false,
  },
  // cosign looks for a program of this name.
  { entry: 'src/core/sandbox/opener/main.ts', out: 'dist/opener/xdg-open', format: 'cjs', executable: true },
]

await mkdir(join(root, 'dist'), { recursive: true })
await Promise.all(
  programs.map(async ({ entry, out, format, packages, executable }) => {
    await build({
      ...common,
      entryPoints: [entry],
      outfile: out,
      format,
      ...(packages ? { packages } : {}),
      ...(executable ? { banner: { js: '#!/usr/bin/env node' } } : {}),
    })
    if (executable) await chmod(join(root, out), 0o755)
  }),
)
