import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { toolIds } from '../../../src/core/tools/tool.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** The built command line in a place where every user can run it, with a home of its own. */
export interface CopiedProgram {
  readonly place: string
  readonly home: string
  /** Runs it to its end, after the words of `before`. A stack in its output is a failure. */
  readonly run: (
    words: readonly string[],
    env?: NodeJS.ProcessEnv,
    before?: readonly string[],
  ) => { readonly status: number | null; readonly stdout: string; readonly stderr: string; readonly said: string }
  /** Makes every external program a script that reports its version; returns their folder, for PATH. */
  readonly scriptedTools: () => string
  readonly remove: () => void
}

export function copiedProgram(): CopiedProgram {
  expect(existsSync(join(root, 'dist', 'cli.js')), 'npm test builds it').toBe(true)
  const place = mkdtempSync(join(tmpdir(), 'machine-'))
  // Another user may not read the clone.
  chmodSync(place, 0o755)
  // The executable is large, and no command needs it.
  const filter = (file: string): boolean => file !== join(root, 'dist', 'sigstore-attestor')
  cpSync(join(root, 'dist'), join(place, 'dist'), { recursive: true, filter })
  cpSync(join(root, 'assets'), join(place, 'assets'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  writeFileSync(join(place, 'package.json'), '{"type":"module"}')
  const home = join(place, 'home')
  mkdirSync(home)
  return {
    place,
    home,
    run: (words, env = {}, before = []) => {
      const argv = [...before, process.execPath, join(place, 'dist', 'cli.js'), ...words]
      const { status, stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), {
        encoding: 'utf8',
        cwd: place,
        // Without XDG_RUNTIME_DIR, it keeps its session there.
        env: { PATH: process.env['PATH'], HOME: home, TMPDIR: tmpdir(), ...env },
        timeout: 25_000,
      })
      expect(`${stdout}${stderr}`).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
      return { status, stdout, stderr, said: `${stdout}${stderr}`.replaceAll(/\s+(│ +)?/g, ' ') }
    },
    scriptedTools: () => {
      const folder = join(place, 'tools')
      mkdirSync(folder)
      for (const id of toolIds) {
        writeFileSync(join(folder, id), "#!/bin/sh\necho 'GitVersion: v2.5.0'\n")
        chmodSync(join(folder, id), 0o755)
      }
      writeFileSync(join(place, 'assets', 'tools.lock.json'), JSON.stringify(lockFile))
      return folder
    },
    remove: () => rmSync(place, { recursive: true }),
  }
}

/** All tools as one program. */
const lockFile = {
  about: 'a test',
  programs: {
    all: {
      version: '2.5.0',
      accepts: '>=2 <3',
      reports: { arguments: ['version'], pattern: 'GitVersion: v(\\S+)' },
      tools: Object.fromEntries(toolIds.map((id) => [id, { commands: [id], built: id }])),
      build: { recipe: 'all', packages: ['tool'], cgo: 'either', diskMiB: 1 },
    },
  },
}
