import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

// Below node_modules, so that the issuer finds its packages, and beside no dist.
const folder = join(process.cwd(), 'node_modules', '.cache', `own-programs-${process.pid}`)

/** Bundles our issuer and our opener as the build does; returns their paths. */
export async function ownPrograms(): Promise<{ folder: string; issuerEntry: string; openerDir: string }> {
  const openerDir = join(folder, 'opener')
  const issuerEntry = join(folder, 'oidc-issuer.mjs')
  await mkdir(openerDir, { recursive: true })
  const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'silent' } as const
  await build({
    ...common,
    entryPoints: ['src/core/sandbox/issuer/main.ts'],
    outfile: issuerEntry,
    format: 'esm',
    packages: 'external',
  })
  const outfile = join(openerDir, 'xdg-open')
  await build({
    ...common,
    entryPoints: ['src/core/sandbox/opener/main.ts'],
    outfile,
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
  })
  await chmod(outfile, 0o755)
  return { folder, issuerEntry, openerDir }
}
