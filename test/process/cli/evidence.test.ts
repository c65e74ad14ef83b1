import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareEvidence } from '../../../src/cli/story/evidence.ts'

const root = join(import.meta.dirname, '..', '..', '..')
let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'evidence-'))
  writeFileSync(join(home, 'file'), '')
})
afterAll(() => rmSync(home, { recursive: true }))

describe('an unusable folder for evidence', () => {
  it.each([
    ['/proc/nothing', /ENOENT/],
    ['file', /EEXIST|ENOTDIR/],
    ['file/below', /ENOTDIR/],
    ['/dev/full/x', /ENOTDIR/],
  ])('%s is named before anything is done, with the reason, on stdout too with --json', (folder, found) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'dist', 'cli.js'), 'story', '--json', '--evidence', folder],
      // As npm does it: the clone is the working folder, and INIT_CWD is the caller's.
      { cwd: root, encoding: 'utf8', timeout: 20_000, env: { PATH: process.env['PATH'], HOME: home, INIT_CWD: home } },
    )
    expect(status).toBe(1)
    const { ok, error } = JSON.parse(stdout) as { ok: boolean; error: { code: string; what: string; found: string } }
    const path = folder.startsWith('/') ? folder : join(home, folder)
    expect([ok, error.code, error.what]).toEqual([false, 'config.evidence', `No evidence can be written to ${path}.`])
    expect(error.found).toMatch(found)
    expect(stderr).toContain('--evidence DIR')
    expect(readdirSync(home)).toEqual(['file'])
  })
})

it('a folder for evidence is created with its parents, and nothing is left in it', async () => {
  const folder = join(home, 'a', 'b', 'c')
  expect(await prepareEvidence(folder)).toEqual({ ok: true, value: folder })
  expect(readdirSync(folder)).toEqual([])
  expect(await prepareEvidence(folder)).toMatchObject({ ok: true })
})
