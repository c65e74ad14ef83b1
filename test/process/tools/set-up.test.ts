import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, chmod, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { lastingText } from '../../../src/cli/setup/setup-state.ts'
import { examineTools } from '../../../src/core/tools/cache/examine.ts'
import { expectedTools } from '../../../src/core/tools/cache/look-up.ts'
import type { SetupEvent } from '../../../src/core/tools/setup/setup-event.ts'
import { toolVariable } from '../../../src/core/tools/setup/user-paths.ts'
import { toolIds } from '../../../src/core/tools/tool.ts'
import { type Machine, machineWithTools } from './machine-with-tools.ts'

let machine: Machine
beforeEach(async () => {
  machine = await machineWithTools()
})
afterEach(() => machine.remove())

const types = (events: readonly SetupEvent[]): Set<string> => new Set(events.map(({ type }) => type))
const failures = (events: readonly SetupEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'source.failed' ? [`${event.source}: ${event.why}`] : []))
const sourcesOf = async (): Promise<Record<string, string>> => {
  const { result } = await machine.setUp()
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return Object.fromEntries(Object.values(result.value).map(({ id, source }) => [id, source]))
}
const cached = (name: string): string => join(machine.folder, 'cache', 'tools', 'all-2.5.0', name)
/** Whether a process works for this machine: its folder is in the command line or the working folder. */
async function busy(): Promise<boolean> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (words.includes(machine.folder)) return true
  }
  return false
}

describe('a setup with everything in PATH', () => {
  beforeEach(async () => {
    for (const id of toolIds) await machine.install(id, '2.1.0')
  })

  test('makes nothing and needs no Go', async () => {
    const { result, events } = await machine.setUp()
    expect(result).toMatchObject({ ok: true, value: { cosign: { source: 'PATH', version: '2.1.0' } } })
    expect(types(events)).toEqual(new Set(['program.ready', 'machine.lacks']))
    expect(await machine.goRuns()).toEqual([])
  })

  test('queries each program for its version once, and again only when its file has changed', async () => {
    await machine.setUp()
    await machine.setUp()
    expect(await machine.runs()).toBe(toolIds.length)
    await appendFile(join(machine.bin, 'cosign'), '# changed\n')
    await machine.setUp()
    expect(await machine.runs()).toBe(toolIds.length + 1)
  })

  test('uses the path that the user set instead', async () => {
    const own = await machine.install('my-cosign', '2.9.0', join(machine.folder, 'own'))
    const env = { ...machine.options.env, [toolVariable('cosign')]: own }
    const { result } = await machine.setUp({ env })
    expect(result).toMatchObject({ ok: true, value: { cosign: { path: own, source: 'set by the user' } } })
  })

  test('says why a path that the user set does not fit, continues with the next source, and the doctor reports it', async () => {
    const env = { ...machine.options.env, SIGSTORE_ATTESTOR_TOOL_SPIRE_AGENT: '/no/such/agent' }
    const { result, events } = await machine.setUp({ env })
    expect(result).toMatchObject({ ok: true, value: { 'spire-agent': { source: 'PATH' } } })
    expect(failures(events)).toEqual(['set by the user: /no/such/agent: there is no such file'])
    const examined = await examineTools({ ...machine.options, env })
    const agent = examined.ok ? examined.value.find(({ id }) => id === 'spire-agent') : undefined
    expect(agent?.problems).toEqual(['The path that you set, /no/such/agent, is not used: there is no such file.'])
  })

  test.each([
    ['{"tools": ', 'it is not JSON'],
    ['{"tools": {"cosine": "/bin/true"}}', 'tools'],
    ['{"tools": {"cosign": "bin/cosign"}}', 'the path of cosign is not absolute: bin/cosign'],
  ])('stops at the configuration %s and says what is wrong with it', async (text, found) => {
    await mkdir(machine.options.folders.config)
    await writeFile(join(machine.options.folders.config, 'config.json'), text)
    const { result } = await machine.setUp()
    expect(result).toMatchObject({ ok: false, error: { found: expect.stringContaining(found) } })
  })
})

describe('a setup with missing programs', () => {
  test('builds them, keeps them, removes what was only needed to build, and finds them the next time', async () => {
    const { result, events } = await machine.setUp()
    if (!result.ok) throw new Error(JSON.stringify(result.error))
    expect(result.value.cosign).toMatchObject({ source: 'Go build', version: '2.5.0', path: cached('cosign') })
    expect(await machine.goRuns()).toEqual(['version', 'list', 'build'])
    expect(existsSync(join(machine.folder, 'cache', 'work'))).toBe(false)
    expect([...types(events)]).toEqual(expect.arrayContaining(['program.started', 'source.progress', 'setup.tidying']))
    const again = await machine.setUp()
    expect(again.result).toEqual(result)
    expect(await machine.goRuns()).toHaveLength(3)
    expect(await expectedTools(machine.options)).toEqual(result)
  })

  test('removes what an interrupted removal left', async () => {
    await machine.setUp()
    const rest = join(machine.folder, 'cache', 'trash-of-before')
    await mkdir(join(rest, 'mod'), { recursive: true })
    await machine.setUp()
    await vi.waitFor(() => expect(existsSync(rest)).toBe(false), 10_000)
  })

  test.each([
    ['1.9.0', 'it reports version 1.9.0, and >=2 <3 is needed'],
    ['unknown', 'its version cannot be read from what it prints'],
  ])('passes over a program in PATH that reports %s', async (version, why) => {
    await machine.install('cosign', version)
    const { result, events } = await machine.setUp()
    expect(result).toMatchObject({ ok: true, value: { cosign: { source: 'Go build' } } })
    expect(failures(events)).toEqual([expect.stringContaining(why)])
  })

  test('reports the compiler\u2019s message and the log\u2019s path when a build fails, and succeeds once it can', async () => {
    await machine.goBuild('fails')
    const { result, events } = await machine.setUp()
    expect(result).toMatchObject({
      ok: false,
      error: {
        code: 'tools.unavailable',
        found: expect.stringContaining('main.go:7:1: syntax error'),
        remedy: expect.stringContaining('all.log'),
      },
    })
    expect([...types(events)]).toContain('program.failed')
    await machine.goBuild('works')
    expect((await sourcesOf())['cosign']).toBe('Go build')
  })

  test('can be interrupted in the middle of a build, leaves nothing running, and continues the next time', async () => {
    await machine.goBuild('hangs')
    const controller = new AbortController()
    const { result, events } = await machine.setUp({
      signal: controller.signal,
      report: (event) => {
        if (event.type === 'source.progress' && event.progress.kind === 'packages' && event.progress.done > 0)
          controller.abort()
      },
    })
    expect(result).toMatchObject({ ok: false, error: { code: 'run.cancelled' } })
    expect(events).toEqual([])
    expect(await busy()).toBe(false)
    await machine.goBuild('works')
    expect((await sourcesOf())['cosign']).toBe('Go build')
  })

  test('waits for another setup and uses its result', async () => {
    const [one, other] = await Promise.all([machine.setUp(), machine.setUp()])
    expect(one.result).toEqual(other.result)
    expect(one.result.ok).toBe(true)
    expect((await machine.goRuns()).filter((word) => word === 'build')).toHaveLength(1)
  })

  test('names the tools that are missing when nothing may be fetched', async () => {
    await machine.install('cosign', '1.0.0')
    const result = await expectedTools(machine.options)
    expect(result).toMatchObject({ ok: false, error: { code: 'tools.missing', remedy: 'Run: npm run setup' } })
    expect(result.ok ? '' : result.error.found).toContain('it reports version 1.0.0')
  })
})

describe('a program in our cache', () => {
  beforeEach(async () => {
    await sourcesOf()
  })

  /** Replaces a program by a script; returns the file that it would write. */
  async function replace(id: string): Promise<string> {
    const trace = join(machine.folder, 'was-run')
    await writeFile(cached(id), `#!/bin/sh\necho "$0" > '${trace}'\necho 'GitVersion: v2.5.0'\n`)
    return trace
  }
  const sha256 = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex')

  test('whose bytes have changed is never run: the doctor and the check before a run name both hashes', async () => {
    const expected = await sha256(cached('fulcio'))
    const trace = await replace('fulcio')
    const found = await sha256(cached('fulcio'))
    const examined = await examineTools(machine.options)
    const fulcio = examined.ok ? examined.value.find(({ id }) => id === 'fulcio') : undefined
    expect(fulcio?.tool).toBeNull()
    const [problem] = fulcio?.problems ?? []
    for (const part of [cached('fulcio'), expected, found, 'not run', 'npm run setup']) expect(problem).toContain(part)
    const before = await expectedTools(machine.options)
    expect(before.ok ? '' : before.error.found).toContain(`SHA-256 expected ${expected}, found ${found}`)
    expect(existsSync(trace)).toBe(false)
  })

  test('whose bytes have changed is never run by setup, which says so and replaces it', async () => {
    const before = await readFile(cached('cosign'))
    const trace = await replace('cosign')
    const found = await sha256(cached('cosign'))
    const { result, events } = await machine.setUp()
    expect(result.ok).toBe(true)
    const rejected = events.filter((event) => event.type === 'cache.rejected')
    expect(rejected).toEqual([
      {
        type: 'cache.rejected',
        program: 'all',
        path: cached('cosign'),
        why: expect.stringMatching(new RegExp(`was not run .*found ${found}`)),
      },
    ])
    expect(rejected.map(lastingText)[0]).toMatch(/^Refused .*It will be replaced\.$/)
    expect(existsSync(trace)).toBe(false)
    expect(await readFile(cached('cosign'))).toEqual(before)
  })

  test.each([
    [
      'whose file cannot be executed',
      () => chmod(cached('fulcio'), 0o644),
      /its mode is 0644 \(fix: chmod u\+x '.*fulcio'\)/,
    ],
    ['whose file is gone', () => rm(cached('fulcio')), /there is no such file/],
  ])('%s is not used, with that as the reason, until the set-up has replaced it', async (_, spoil, why) => {
    await spoil()
    const examined = await examineTools(machine.options)
    const fulcio = examined.ok ? examined.value.find(({ id }) => id === 'fulcio') : undefined
    expect(fulcio?.problems[0]).toMatch(why)
    expect((await sourcesOf())['fulcio']).toBe('Go build')
    expect(await expectedTools(machine.options)).toMatchObject({ ok: true })
  })

  test('is not used if others could have put it there', async () => {
    const trace = await replace('fulcio')
    await chmod(machine.options.folders.cache, 0o777)
    for (const result of [
      (await machine.setUp()).result,
      await examineTools(machine.options),
      await expectedTools(machine.options),
    ]) {
      expect(result).toMatchObject({ ok: false, error: { code: 'machine.folder-not-ours' } })
    }
    expect(existsSync(trace)).toBe(false)
  })

  test('whose file is the same but looks touched is kept', async () => {
    await utimes(cached('fulcio'), new Date(0), new Date(0))
    await sourcesOf()
    expect((await machine.goRuns()).filter((word) => word === 'build')).toHaveLength(1)
  })

  test('is prepared again when its notes are garbage', async () => {
    await writeFile(cached('entry.json'), '{"source": "my own"}')
    await writeFile(join(machine.folder, 'cache', 'tools', 'inspections.json'), '[1, 2')
    expect((await sourcesOf())['fulcio']).toBe('Go build')
    expect((await machine.goRuns()).filter((word) => word === 'build')).toHaveLength(2)
  })

  test('is shown by the doctor with the version that the binary reports', async () => {
    const examined = await examineTools(machine.options)
    const cosign = examined.ok ? examined.value.find(({ id }) => id === 'cosign') : undefined
    expect(cosign).toMatchObject({
      reported: '2.5.0',
      problems: [],
      tool: {
        path: cached('cosign'),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        trust: expect.stringContaining('go.sum'),
      },
    })
  })
})

describe('a cache folder', () => {
  test('that cannot be created is an error with a remedy', async () => {
    await writeFile(join(machine.folder, 'a-file'), '')
    const folders = { ...machine.options.folders, cache: join(machine.folder, 'a-file', 'cache') }
    const { result } = await machine.setUp({ folders })
    expect(result).toMatchObject({
      ok: false,
      error: {
        code: 'machine.folder-unusable',
        found: expect.stringContaining('a-file is a regular file'),
        remedy: expect.stringContaining('XDG_CACHE_HOME'),
      },
    })
  })

  test('that cannot be written does not matter when nothing is missing', async () => {
    for (const id of toolIds) await machine.install(id, '2.1.0')
    await writeFile(join(machine.folder, 'a-file'), '')
    const folders = { ...machine.options.folders, cache: join(machine.folder, 'a-file', 'cache') }
    expect((await machine.setUp({ folders })).result.ok).toBe(true)
  })
})

test('a lock file that is garbage is an error with a remedy', async () => {
  await writeFile(join(machine.options.assets, 'tools.lock.json'), 'garbage')
  expect((await machine.setUp()).result).toMatchObject({
    ok: false,
    error: { code: 'tools.lock-file-unusable', remedy: expect.stringContaining('git checkout') },
  })
})
