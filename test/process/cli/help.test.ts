import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'help-'))
  expect(existsSync(join(root, 'dist', 'cli.js')), 'npm test builds it').toBe(true)
})
afterAll(() => rmSync(home, { recursive: true }))

/** Runs a program of ours with folders of its own. */
const run = (file: string, ...words: string[]) =>
  spawnSync(process.execPath, [join(root, file), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: home },
    timeout: 20_000,
  })

describe('--help', () => {
  it.each(['start', 'story', 'setup', 'doctor', 'clean', 'bench', 'window', 'package', 'record'])(
    'of %s shows the usage, and does nothing',
    (name) => {
      for (const word of ['--help', '-h']) {
        const { status, stdout, stderr } = run('dist/cli.js', name, word, '--all')
        expect([status, stderr]).toEqual([0, ''])
        expect(stdout).toMatch(/^Usage: npm run \S+/)
      }
      expect(readdirSync(home)).toEqual([])
    },
  )

  it.each([['src/cli/bootstrap.cjs', 'build'], ['src/cli/build-attestor.mjs'], ['test/story/pictures.mjs']])(
    'of %s too',
    (file, ...words) => {
      const { status, stdout } = run(file, ...words, '--help')
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^Usage: npm run /)])
    },
  )
})

describe('an unknown word', () => {
  it.each([
    [['docter'], 'Is "doctor" meant?'],
    [['story', '--scenario', 'unsignd'], 'Is "unsigned" meant?'],
    [['story', '--as', 'inten'], 'Is "intern" meant?'],
    [['setup', '--fast'], 'Usage: npm run setup'],
    [['toString'], 'Unknown command "toString".'],
  ])('%j is named with the nearest one, and nothing is done', (words, says) => {
    const { status, stderr } = run('dist/cli.js', ...words)
    expect([status, stderr]).toEqual([2, expect.stringContaining(says)])
    expect(readdirSync(home)).toEqual([])
  })
})
