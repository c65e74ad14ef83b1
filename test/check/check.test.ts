import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../src/core/process/command.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

describe('the project', () => {
  it('keeps its own rules: format, lint, types, imports, dead code', async () => {
    const outcome = await runCommand({ program: 'npm', args: ['run', 'check'], cwd: root, timeoutMs: 600_000 })
    expect(outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, `${outcome.stdout}\n${outcome.stderr}`).toBe(0)
  })
})

/** The check's output for a copy of the project with a few more files. */
async function checkCopyWith(files: readonly { readonly file: string; readonly source: string }[]) {
  const copy = mkdtempSync(join(tmpdir(), 'imports-'))
  const parts = ['src', 'electron', 'renderer', 'test', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']
  for (const name of parts) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const { file, source } of files) writeFileSync(join(copy, file), source)
  const outcome = await runCommand({
    program: process.execPath,
    args: ['test/check/check-imports.mjs'],
    cwd: copy,
    timeoutMs: 300_000,
  })
  rmSync(copy, { recursive: true, force: true })
  return { code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, said: outcome.stderr.split('\n') }
}

describe('the check of imports', () => {
  const forbidden = [
    ['pure-has-no-node', 'src/core/domain', `export { readFileSync } from 'node:fs'`],
    ['attestor-stands-alone', 'src/core/attestor', `export { openSession } from '../orchestrator/session/session.ts'`],
    ['steps-do-not-import-each-other', 'src/core/steps/build', `export { push } from '../push/run.ts'`],
    ['execa-in-process-only', 'src/core/spire', `export { execa } from 'execa'`],
    ['pure-has-no-node', 'src/core/contract', `export { join } from 'node:path'`],
    ['contract-packages', 'src/core/contract', `export { sha256 } from '@noble/hashes/sha2.js'`],
    ['then-contract', 'src/core/contract', `export { createHost } from '../orchestrator/host/host.ts'`],
    ['electron-in-electron-only', 'src/cli', `export { app } from 'electron'`],
    [
      'renderer-knows-the-contract',
      'renderer/app',
      `export { createHost } from '../../src/core/orchestrator/host/host.ts'`,
    ],
    ['renderer-has-no-node', 'renderer/app', `import { a } from 'node:path'\nexport const A = () => <p>{a}</p>`],
    ['renderer-packages', 'renderer/app', `export { z } from 'zod'`],
    ['preload-is-one-small-file', 'electron/preload', `export { schemas } from '../../src/core/contract/contract.ts'`],
    ['preload-has-no-node', 'electron/preload', `export { readFile } from 'node:fs/promises'`],
    ['main-is-no-front-end', 'electron/main', `export { App } from '../../renderer/app/app.tsx'`],
    ['profiles-below-steps', 'src/core/profiles', `export { attest } from '../attestor/attest.ts'`],
    ['main-packages', 'electron/main', `export { execa } from 'execa'`],
  ].map(([rule, folder, source], at) => ({
    rule,
    source: source ?? '',
    file: `${folder}/planted-${at}.${folder?.startsWith('renderer') ? 'tsx' : 'ts'}`,
  }))
  let checked: Awaited<ReturnType<typeof checkCopyWith>>
  beforeAll(async () => {
    checked = await checkCopyWith(forbidden)
  }, 300_000)

  it.each(forbidden)('detects what breaks $rule in $file', ({ rule, file }) => {
    expect(checked.said.filter((line) => line.startsWith(`${rule}: ${file} -> `))).toHaveLength(1)
    expect(checked.code).toBe(1)
  })

  it('fails when a file was not read', async () => {
    const { code, said } = await checkCopyWith([{ file: 'src/cli/planted.mts', source: 'export const a: number = 1' }])
    expect(said).toEqual(['not read: src/cli/planted.mts', ''])
    expect(code).toBe(1)
  })
})

describe('the check of folders', () => {
  it('names a code folder with more than 16 files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'folders-'))
    for (const name of ['src/core/room', 'electron', 'renderer']) mkdirSync(join(folder, name), { recursive: true })
    for (let file = 0; file < 16; file += 1) writeFileSync(join(folder, 'src/core/room', `${file}.ts`), '')
    const check = async () => {
      const args = [join(root, 'test/check/folders.mjs'), folder]
      const outcome = await runCommand({ program: process.execPath, args, cwd: root, timeoutMs: 30_000 })
      return { code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, said: outcome.stderr }
    }
    expect(await check()).toEqual({ code: 0, said: '' })
    writeFileSync(join(folder, 'src/core/room/one-more.ts'), '')
    expect(await check()).toEqual({ code: 1, said: 'src/core/room: 17 files side by side, at most 16\n' })
    rmSync(folder, { recursive: true })
  })
})

describe('the check of words', () => {
  it.each([
    ['README.md', 'Nobody has to look.'],
    ['CONTRIBUTING.md', 'Nobody has to look.'],
    ['docs/page.md', 'Nobody has to look.'],
    ['src/a.ts', "export const a = 'Nobody has to look.'"],
    ['src/a.ts', "export const a = 'Nobody'"],
  ])('names the file and line of a word to avoid in %s', async (file, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'words-'))
    for (const name of ['src', 'electron', 'renderer', 'docs']) mkdirSync(join(folder, name))
    for (const name of ['README.md', 'CONTRIBUTING.md', file]) writeFileSync(join(folder, name), '')
    const check = async () => {
      const args = [join(root, 'test/check/words.mjs'), folder]
      const outcome = await runCommand({ program: process.execPath, args, cwd: root, timeoutMs: 30_000 })
      return { code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, said: outcome.stderr }
    }
    expect(await check()).toEqual({ code: 0, said: '' })
    writeFileSync(join(folder, file), `\n${text}\n`)
    expect(await check()).toMatchObject({ code: 1, said: expect.stringContaining(`${file}:2: "Nobody"`) })
    rmSync(folder, { recursive: true })
  })
})
