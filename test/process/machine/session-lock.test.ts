import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as ownFolders from '../../../src/core/machine/own-folders.ts'
import { sessionStatus, takeSessionLock } from '../../../src/core/machine/session-lock.ts'

/** Folders that are removed after the next checks, one after each. */
const gone = vi.hoisted(() => ({ folders: [] as string[] }))
vi.mock('../../../src/core/machine/own-folders.ts', async (original) => {
  const whole = await original<typeof ownFolders>()
  const checkOwnFolders: typeof whole.checkOwnFolders = (folders, how) => {
    const own = whole.checkOwnFolders(folders, how)
    const removed = gone.folders.shift()
    if (removed !== undefined) rmSync(removed, { recursive: true })
    return own
  }
  return { ...whole, checkOwnFolders }
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const runtime = () => join(folder, 'run')
const file = () => join(runtime(), 'session.lock')
const state = (name: string) => join(folder, name)
const take = async (name: string) => {
  const lock = await takeSessionLock(runtime(), state(name))
  return lock.ok ? lock.value : lock.error
}
/** A session that held the lock with this state folder and is gone. */
async function crash(name: string): Promise<void> {
  await take(name)
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  for (const each of [file(), join(state(name), 'session.json')]) change(each, { pid: child.pid })
}
const change = (path: string, part: object): void =>
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...part }))

it('a session that is held by a living process is refused, and its holder named', async () => {
  expect(await take('first')).toMatchObject({ crashed: null, unproved: null })
  expect(await take('second')).toMatchObject({ code: 'machine.session-held', found: `process ${process.pid}` })
  expect(sessionStatus(runtime(), state('mine'))).toBe('held')
})

it('a state folder that a living session with another runtime folder uses is refused, until that is released', async () => {
  const first = await takeSessionLock(join(folder, 'other-run'), state('shared'))
  expect(await take('shared')).toMatchObject({ code: 'machine.session-held', found: `process ${process.pid}` })
  expect(sessionStatus(runtime(), state('mine'))).toBe('free')
  expect(sessionStatus(runtime(), state('shared'))).toBe('held')
  if (first.ok) first.value.release()
  expect(sessionStatus(runtime(), state('shared'))).toBe('free')
  expect(await take('shared')).toMatchObject({ crashed: null, unproved: null })
})

it('a session that was released can be taken again, and is no crash', async () => {
  const first = await takeSessionLock(runtime(), state('first'))
  if (first.ok) first.value.release()
  expect(existsSync(join(state('first'), 'session.json'))).toBe(false)
  expect(await take('mine')).toMatchObject({ crashed: null, unproved: null })
})

describe('a session whose holder is gone', () => {
  it('is taken over, and its state folder returned', async () => {
    await crash('crashed')
    expect(sessionStatus(runtime(), state('mine'))).toBe('crashed')
    expect(await take('mine')).toMatchObject({ crashed: state('crashed'), unproved: null })
  })

  it('is taken over also when its state folder has another path by now', async () => {
    mkdirSync(join(folder, 'real'))
    symlinkSync(join(folder, 'real'), join(folder, 'alias'))
    await crash(join('alias', 'state'))
    expect(await take(join('real', 'state'))).toMatchObject({ crashed: state(join('alias', 'state')), unproved: null })
  })

  it('is taken over also when another process has its pid', async () => {
    await take('crashed')
    for (const each of [file(), join(state('crashed'), 'session.json')]) change(each, { startTime: '1' })
    expect(await take('mine')).toMatchObject({ crashed: state('crashed') })
  })

  it.each([
    ['does not say that it used it', (path: string) => rmSync(join(path, 'session.json'))],
    ['was used by another session', (path: string) => change(join(path, 'session.json'), { startTime: '7' })],
    ['is open to others', (path: string) => chmodSync(path, 0o777)],
    ['is gone', (path: string) => rmSync(path, { recursive: true })],
  ])('has nothing touched in a state folder that %s', async (_, harm) => {
    await crash('crashed')
    harm(state('crashed'))
    expect(await take('mine')).toMatchObject({ crashed: null, unproved: state('crashed') })
  })
})

it('a state folder that is not used yet is created, 0700, with the runtime folder', async () => {
  await take('mine')
  expect(existsSync(state('mine'))).toBe(true)
})

describe('a file that is no lock of ours', () => {
  beforeEach(() => mkdirSync(runtime(), { mode: 0o700 }))

  it.each([
    ['garbage', '{"pid": "x'],
    ['nothing', ''],
    ['a pid of no process', '{"pid":-1,"startTime":"1","bootId":"b","state":"/x"}'],
    ['a relative state folder', '{"pid":7,"startTime":"1","bootId":"b","state":"x"}'],
    ['a state folder with ..', '{"pid":7,"startTime":"1","bootId":"b","state":"/x/../y"}'],
  ])('holds nobody up, and names no folder: %s', async (_, content) => {
    writeFileSync(file(), content)
    expect(await take('mine')).toMatchObject({ crashed: null, unproved: null })
  })

  const odd: readonly (readonly [string, (path: string) => void])[] = [
    ['a link', (path) => symlinkSync('/etc/passwd', path)],
    ['a link that leads nowhere', (path) => symlinkSync('/nothing', path)],
    ['a directory', (path) => mkdirSync(path)],
    ['a FIFO', (path) => execFileSync('mkfifo', [path])],
    ['a huge file', (path) => writeFileSync(path, ' '.repeat(100_000))],
    ['a file that everybody can write', (path) => (writeFileSync(path, '{}'), chmodSync(path, 0o666))],
  ]
  it.each(odd)('is refused and stays: %s', async (_, put) => {
    put(file())
    expect(await take('mine')).toMatchObject({ code: 'machine.lock-unusable', remedy: expect.stringContaining(file()) })
    expect(sessionStatus(runtime(), state('mine'))).toBe('crashed')
  })

  it.each(odd)('is refused and stays in a state folder: %s', async (_, put) => {
    mkdirSync(state('mine'), { mode: 0o700 })
    const record = join(state('mine'), 'session.json')
    put(record)
    const before = lstatSync(record).ino
    expect(await take('mine')).toMatchObject({ code: 'machine.lock-unusable', remedy: expect.stringContaining(record) })
    expect([lstatSync(record).ino, readdirSync(runtime())]).toEqual([before, []])
    expect(sessionStatus(runtime(), state('mine'))).toBe('free')
  })
})

describe('a state folder whose record', () => {
  it.each<[string, object | string]>([
    ['is garbage', '{"pid": "x'],
    ['is empty', ''],
    ['names a process that is gone', { pid: 4_000_000 }],
    ['names a pid that another process has now', { startTime: '1' }],
    ['is from before a reboot', { bootId: 'b' }],
  ])('%s is free', async (_, record) => {
    const other = await takeSessionLock(join(folder, 'other-run'), state('mine'))
    expect(other.ok).toBe(true)
    const path = join(state('mine'), 'session.json')
    if (typeof record === 'string') writeFileSync(path, record)
    else change(path, record)
    expect(sessionStatus(runtime(), state('mine'))).toBe('free')
    expect(await take('mine')).toMatchObject({ crashed: null, unproved: null })
  })
})

it.each<[string, (path: string) => void]>([
  ['a file', (path) => writeFileSync(path, '')],
  [
    'a folder with something in it',
    (path) => (mkdirSync(join(path, 'x'), { recursive: true }), utimesSync(path, 1, 1)),
  ],
  ['a lock of the future', (path) => (mkdirSync(path), utimesSync(path, 9e9, 9e9))],
])('a file lock that is %s is named, with how to remove it', { timeout: 60_000 }, async (_, put) => {
  mkdirSync(state('mine'), { mode: 0o700 })
  const path = join(state('mine'), 'session.json.lock')
  put(path)
  expect(await take('mine')).toMatchObject({ remedy: expect.stringContaining(`rm -rf '${path}'`) })
  rmSync(path, { recursive: true })
  expect(await take('mine')).toMatchObject({ crashed: null })
})

it('a runtime folder that others can write is refused, and nothing in it is read', async () => {
  await take('mine')
  chmodSync(runtime(), 0o777)
  expect(await take('mine')).toMatchObject({ code: 'machine.folder-not-ours' })
  expect(sessionStatus(runtime(), state('other'))).toBe('free')
})

it('a runtime folder that is a file holds no session, and taking one says what it is', async () => {
  const below = join(folder, 'file', 'sigstore-attestor')
  writeFileSync(join(folder, 'file'), '')
  expect(sessionStatus(below, state('mine'))).toBe('free')
  const taken = await takeSessionLock(below, state('mine'))
  expect(taken).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^machine\./) } })
})

describe('when several processes start at once', () => {
  const contenders = 6
  const program = mkdtempSync(join(tmpdir(), 'contender-'))
  const contender = join(program, 'contender.mjs')
  beforeAll(() =>
    build({
      entryPoints: [join(import.meta.dirname, 'lock-contender.ts')],
      outfile: contender,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    }),
  )
  afterAll(() => rmSync(program, { recursive: true }))

  /** Starts processes that all try at the same moment; returns each result, while all that got it still hold it. */
  async function race(foldersOf = (at: number) => [runtime(), state(`s${at}`)]): Promise<string[]> {
    const children = Array.from({ length: contenders }, (_, at) =>
      spawn(process.execPath, [contender, ...foldersOf(at)], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    const said = children.map((child) => createInterface({ input: child.stdout })[Symbol.asyncIterator]())
    const line = async (at: number): Promise<string> => String((await said[at]!.next()).value)
    try {
      expect(await Promise.all(children.map((_, at) => line(at)))).toEqual(children.map(() => 'ready'))
      for (const child of children) child.stdin.write('go\n')
      return await Promise.all(children.map((_, at) => line(at)))
    } finally {
      const ends = children.map((child) => once(child, 'exit'))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(ends)
    }
  }

  it('one gets a state folder that all of them use, each with a runtime folder of its own', {
    timeout: 120_000,
  }, async () => {
    for (let round = 0; round < 4; round++) {
      const got = await race((at) => [join(folder, `run${round}-${at}`), state('shared')])
      expect(got.toSorted()).toEqual(['holds', ...Array(contenders - 1).fill('machine.session-held')])
    }
  })

  it.each([
    ['over no lock', async () => mkdirSync(runtime(), { mode: 0o700 })],
    ['over the lock of a holder that is gone', () => crash('crashed')],
    ['over an empty lock', async () => (mkdirSync(runtime(), { mode: 0o700 }), writeFileSync(file(), ''))],
    ['over a lock with junk', async () => (mkdirSync(runtime(), { mode: 0o700 }), writeFileSync(file(), '{"pid"'))],
  ])('one holds the session, %s', { timeout: 120_000 }, async (_, prepare) => {
    await prepare()
    // The holder of a round is killed and leaves its lock for the next.
    for (let round = 0; round < 4; round++) {
      const got = await race()
      expect(got.filter((each) => each === 'holds')).toHaveLength(1)
      expect(got.filter((each) => each === 'machine.session-held')).toHaveLength(contenders - 1)
    }
  })
})

it('a folder that another process removes after it was checked is made again', async () => {
  gone.folders = [state('mine'), runtime()]
  expect(await take('mine')).toMatchObject({ crashed: null, unproved: null })
  expect(sessionStatus(runtime(), state('mine'))).toBe('held')
  expect(gone.folders).toEqual([])
})

describe('a lock that cannot be written', () => {
  it.each(['runtime', 'state'])('in the %s folder is an error that says so, and leaves nothing', async (which) => {
    await crash('crashed')
    const before = readFileSync(file(), 'utf8')
    mkdirSync(state('mine'), { mode: 0o700 })
    const record = which === 'runtime' ? file() : join(state('mine'), 'session.json')
    // What is written first has this name.
    mkdirSync(`${record}.${process.pid}`)
    expect(await take('mine')).toMatchObject({
      code: 'machine.lock-unusable',
      expected: `files can be written in ${dirname(record)}`,
      remedy: expect.stringMatching(/^Give write permission/),
    })
    expect(readFileSync(file(), 'utf8')).toBe(before)
    rmSync(`${record}.${process.pid}`, { recursive: true })
    expect(readdirSync(state('mine'))).toEqual([])
    // What had crashed is still known.
    expect(await take('mine')).toMatchObject({ crashed: state('crashed') })
  })

  it('that belongs to another session by now is not released', async () => {
    const first = await takeSessionLock(runtime(), state('first'))
    change(file(), { pid: 1 })
    if (first.ok) first.value.release()
    expect(existsSync(file())).toBe(true)
  })
})
