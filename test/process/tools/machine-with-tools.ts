import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SetUpOptions, setUp } from '../../../src/core/tools/setup/set-up.ts'
import type { SetupEvent } from '../../../src/core/tools/setup/setup-event.ts'
import { toolIds } from '../../../src/core/tools/tool.ts'

/** A small machine of its own: folders, a PATH, a lock file, and a `go` that builds as configured. */
export interface Machine {
  readonly folder: string
  readonly bin: string
  readonly options: Omit<SetUpOptions, 'report'>
  /** Puts a program into PATH that reports this version and records each run. */
  readonly install: (name: string, version: string, folder?: string) => Promise<string>
  /** Which words `go` was run with, first word only. */
  readonly goRuns: () => Promise<string[]>
  /** How often a program of ours was run. */
  readonly runs: () => Promise<number>
  /** Makes `go build` fail or hang until it is switched back to `works`. */
  readonly goBuild: (how: 'works' | 'fails' | 'hangs') => Promise<void>
  readonly setUp: (more?: Partial<SetUpOptions>) => Promise<{
    readonly result: Awaited<ReturnType<typeof setUp>>
    readonly events: readonly SetupEvent[]
  }>
  readonly remove: () => Promise<void>
}

const program = (version: string, log: string): string =>
  `#!/bin/sh\necho run >> '${log}'\necho 'tool: a program'\necho 'GitVersion: v${version}'\n`

export async function machineWithTools(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'tools-test-'))
  const [bin, assets, log, goLog, mode] = ['bin', 'assets', 'runs', 'go-runs', 'go-mode'].map((name) =>
    join(folder, name),
  )
  if (!bin || !assets || !log || !goLog || !mode) throw new Error('unreachable')
  await mkdir(bin)
  await mkdir(join(assets, 'tools', 'all'), { recursive: true })
  await writeFile(join(assets, 'tools.lock.json'), JSON.stringify(lockFile()))
  await writeFile(join(bin, 'go'), fakeGo(goLog, mode, program('2.5.0', log)))
  await chmod(join(bin, 'go'), 0o755)
  const lines = async (file: string): Promise<string[]> =>
    existsSync(file) ? (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '') : []
  const options = {
    folders: { config: join(folder, 'config'), cache: join(folder, 'cache') },
    assets,
    // No engine is looked for, installed or started: it counts as the user's own choice.
    env: { PATH: bin, DOCKER_HOST: `unix://${folder}/no-engine.sock` },
  }
  return {
    folder,
    bin,
    options,
    install: async (name, version, into = bin) => {
      await mkdir(into, { recursive: true })
      await writeFile(join(into, name), program(version, log))
      await chmod(join(into, name), 0o755)
      return join(into, name)
    },
    goRuns: () => lines(goLog),
    runs: async () => (await lines(log)).length,
    goBuild: (how) => writeFile(mode, how),
    setUp: async (more = {}) => {
      const events: SetupEvent[] = []
      const result = await setUp({ ...options, report: (event) => events.push(event), ...more })
      return { result, events }
    },
    // What a setup moved away may be in the process of being removed.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  }
}

/** All tools as one program, which comes from PATH, the cache or Go. */
function lockFile(): object {
  const tools = Object.fromEntries(toolIds.map((id) => [id, { commands: [id], built: id }]))
  return {
    about: 'a test',
    programs: {
      all: {
        version: '2.5.0',
        accepts: '>=2 <3',
        reports: { arguments: ['version'], pattern: 'GitVersion: v(\\S+)' },
        tools,
        build: { recipe: 'all', packages: ['tool'], cgo: 'either', diskMiB: 1 },
      },
    },
  }
}

const fakeGo = (log: string, mode: string, built: string): string => `#!${process.execPath}
const fs = require('node:fs')
const words = process.argv.slice(2)
fs.appendFileSync(${JSON.stringify(log)}, words[0] + '\\n')
const mode = fs.existsSync(${JSON.stringify(mode)}) ? fs.readFileSync(${JSON.stringify(mode)}, 'utf8') : 'works'
if (words[0] === 'version') console.log('go version go1.26.0 linux/amd64')
if (words[0] === 'list') {
  console.error('go: downloading example.org/dependency v1.0.0')
  console.log('dependency example.org/dependency true\\nmain example.org/main false')
}
if (words[0] === 'build') {
  console.error('example.org/dependency')
  if (mode === 'hangs') setInterval(() => {}, 1000)
  else if (mode === 'fails') {
    console.error('main.go:7:1: syntax error')
    process.exit(1)
  } else {
    console.error('example.org/main')
    const out = words[words.indexOf('-o') + 1]
    for (const id of ${JSON.stringify(toolIds)}) fs.writeFileSync(out + id, ${JSON.stringify(built)})
  }
}
`
