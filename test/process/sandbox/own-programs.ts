import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'

const dist = join(import.meta.dirname, '..', '..', '..', 'dist')

/** Copies our issuer and our opener, as the build made them, to a folder beside no others; returns their paths. */
export function ownPrograms(): { folder: string; issuerEntry: string; openerDir: string } {
  const folder = mkdtempSync(join(tmpdir(), 'own-programs-'))
  const openerDir = join(folder, 'opener')
  const issuerEntry = join(folder, 'oidc-issuer.mjs')
  mkdirSync(openerDir)
  for (const [from, to] of [
    ['oidc-issuer.mjs', issuerEntry],
    [join('opener', 'xdg-open'), join(openerDir, 'xdg-open')],
  ] as const) {
    const built = join(dist, from)
    expect(existsSync(built), 'npm run build makes it').toBe(true)
    copyFileSync(built, to)
  }
  return { folder, issuerEntry, openerDir }
}
