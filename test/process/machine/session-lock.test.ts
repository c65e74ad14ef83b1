import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionStands, takeSessionLock } from '../../../src/core/machine/session-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const runtime = () => join(folder, 'run')
const file = () => join(runtime(), 'session.lock')
const state = (name: string) => join(folder, name)
const take = (name: string) => {
  const lock = takeSessionLock(runtime(), state(name))
  return lock.ok ? lock.value : lock.error
}
/** A session that held the lock with this state folder and is gone. */
async function crash(name: string): Promise<void> {
  take(name)
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  for (const each of [file(), join(state(name), 'session.json')]) change(each, { pid: child.pid })
}
const change = (path: string, part: object): void =>
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...part }))

it('a session that is held by a living process is refused, and its holder named', () => {
  expect(take('first')).toMatchObject({ crashed: null, unproved: null })
  expect(take('second')).toMatchObject({ code: 'machine.session-held', found: `process ${process.pid}` })
  expect(sessionStands(runtime())).toBe('held')
})

it('a session that was released can be taken again, and is no crash', () => {
  const first = takeSessionLock(runtime(), state('first'))
  if (first.ok) first.value.release()
  expect(existsSync(join(state('first'), 'session.json'))).toBe(false)
  expect(take('mine')).toMatchObject({ crashed: null, unproved: null })
})

describe('a session whose holder is gone', () => {
  it('is taken over, and its state folder answered', async () => {
    await crash('crashed')
    expect(sessionStands(runtime())).toBe('crashed')
    expect(take('mine')).toMatchObject({ crashed: state('crashed'), unproved: null })
  })

  it('is taken over also when another process has its pid', () => {
    take('crashed')
    for (const each of [file(), join(state('crashed'), 'session.json')]) change(each, { startTime: '1' })
    expect(take('mine')).toMatchObject({ crashed: state('crashed') })
  })

  it.each([
    ['does not say that it used it', (path: string) => rmSync(join(path, 'session.json'))],
    ['was used by another session', (path: string) => change(join(path, 'session.json'), { startTime: '7' })],
    ['is open to others', (path: string) => chmodSync(path, 0o777)],
    ['is gone', (path: string) => rmSync(path, { recursive: true })],
  ])('has nothing touched in a state folder that %s', async (_, harm) => {
    await crash('crashed')
    harm(state('crashed'))
    expect(take('mine')).toMatchObject({ crashed: null, unproved: state('crashed') })
  })
})

it('a state folder that is not used yet is created, 0700, with the runtime folder', () => {
  take('mine')
  expect(existsSync(state('mine'))).toBe(true)
})

describe('what is no lock of ours', () => {
  beforeEach(() => mkdirSync(runtime(), { mode: 0o700 }))

  it.each([
    ['garbage', '{"pid": "x'],
    ['nothing', ''],
    ['a pid of no process', '{"pid":-1,"startTime":"1","bootId":"b","state":"/x"}'],
    ['a relative state folder', '{"pid":7,"startTime":"1","bootId":"b","state":"x"}'],
    ['a state folder with ..', '{"pid":7,"startTime":"1","bootId":"b","state":"/x/../y"}'],
  ])('holds nobody up, and names no folder: %s', (_, content) => {
    writeFileSync(file(), content)
    expect(take('mine')).toMatchObject({ crashed: null, unproved: null })
  })

  it.each([
    ['a link', () => symlinkSync('/etc/passwd', file())],
    ['a link that leads nowhere', () => symlinkSync('/nothing', file())],
    ['a directory', () => mkdirSync(file())],
    ['a FIFO', () => execFileSync('mkfifo', [file()])],
    ['a huge file', () => writeFileSync(file(), ' '.repeat(100_000))],
    ['a file that everybody can write', () => (writeFileSync(file(), '{}'), chmodSync(file(), 0o666))],
  ])('is refused and stays: %s', (_, put) => {
    put()
    expect(take('mine')).toMatchObject({ code: 'machine.lock-unusable', remedy: expect.stringContaining(file()) })
    expect(sessionStands(runtime())).toBe('crashed')
  })
})

it('a runtime folder that others can write is refused, and nothing in it is read', () => {
  take('mine')
  chmodSync(runtime(), 0o777)
  expect(take('mine')).toMatchObject({ code: 'machine.folder-not-ours' })
  expect(sessionStands(runtime())).toBe('free')
})
