import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../../src/core/process/command.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

describe('the project', () => {
  it('keeps its own rules: format, lint, types, imports, dead code', async () => {
    const outcome = await runCommand({ program: 'npm', args: ['run', 'check'], cwd: root, timeoutMs: 110_000 })
    expect(outcome.kind === 'exited' && outcome.exitCode, `${outcome.stdout}\n${outcome.stderr}`).toBe(0)
  })
})

describe('the check of imports', () => {
  const checkCopyWith = async (file: string, source: string) => {
    const copy = mkdtempSync(join(tmpdir(), 'imports-'))
    for (const name of ['src', 'test', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, name), join(copy, name), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    writeFileSync(join(copy, file), source)
    const outcome = await runCommand({
      program: process.execPath,
      args: ['test/check/check-imports.mjs'],
      cwd: copy,
      timeoutMs: 60_000,
    })
    return { code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, said: outcome.stderr }
  }

  it.each([
    [
      'src/core/domain/planted.ts',
      `import { readFileSync } from 'node:fs'\nexport const a = readFileSync`,
      'pure-has-no-node',
    ],
    ['src/core/attestor/planted.ts', `export { openSession } from '../engine/session.ts'`, 'attestor-stands-alone'],
    ['src/core/steps/build/planted.ts', `export { push } from '../push/run.ts'`, 'steps-do-not-import-each-other'],
    ['src/core/spire/planted.ts', `export { execa } from 'execa'`, 'execa-in-process-only'],
    ['src/cli/planted.mts', 'export const a: number = 1', 'not read'],
  ])('sees a forbidden %s', async (file, source, rule) => {
    const { code, said } = await checkCopyWith(file, source)
    expect(said).toContain(rule)
    expect(code).toBe(1)
  })
})
