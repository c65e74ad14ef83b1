import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { takeSessionLock } from '../../../src/core/machine/session-lock.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'lock-'))
const crashedOf = (runtime: string) => {
  const lock = takeSessionLock(runtime, '/state/mine')
  return lock.ok ? lock.value.crashed : lock.error.code
}

it('a session that is held by a living process is refused, and its holder named', () => {
  const runtime = folder()
  const first = takeSessionLock(runtime, '/state/first')
  expect(first).toMatchObject({ ok: true, value: { crashed: null } })
  expect(takeSessionLock(runtime, '/state/second')).toMatchObject({
    ok: false,
    error: { code: 'machine.session-held', found: `process ${process.pid}` },
  })
})

it('a session that was released can be taken again, and is no crash', () => {
  const runtime = folder()
  const first = takeSessionLock(runtime, '/state/first')
  if (first.ok) first.value.release()
  expect(crashedOf(runtime)).toBeNull()
})

it('a session whose holder is gone is taken over, and its state folder told', async () => {
  const runtime = folder()
  takeSessionLock(runtime, '/state/crashed')
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const file = join(runtime, 'session.lock')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pid: child.pid }))
  expect(crashedOf(runtime)).toBe('/state/crashed')
})

it('a process that only has the pid of the holder does not hold the session', () => {
  const runtime = folder()
  takeSessionLock(runtime, '/state/crashed')
  const file = join(runtime, 'session.lock')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), startTime: '1' }))
  expect(crashedOf(runtime)).toBe('/state/crashed')
})

it('garbage in the lock file holds nobody up', () => {
  const runtime = folder()
  writeFileSync(join(runtime, 'session.lock'), '{"pid": "x')
  expect(crashedOf(runtime)).toBeNull()
})
