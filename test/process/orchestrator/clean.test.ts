import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type * as promises from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { mountsBelow } from '../../../src/core/containers/mounts.ts'
import { takeSessionLock } from '../../../src/core/machine/session-lock.ts'
import { clean } from '../../../src/core/orchestrator/session/clean.ts'

const rmFails = vi.hoisted(() => ({ with: undefined as Error | undefined }))
vi.mock('node:fs/promises', async (original) => {
  const whole = await original<typeof promises>()
  const rm: typeof whole.rm = (path, options) =>
    rmFails.with !== undefined && String(path).endsWith('/x') ? Promise.reject(rmFails.with) : whole.rm(path, options)
  return { ...whole, rm }
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clean-'))
  chmodSync(folder, 0o700)
  // This machine's engine is not used.
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it('finds what is mounted below a folder whose path contains a link', async () => {
  symlinkSync('/', join(folder, 'link'))
  expect(await mountsBelow('/proc')).toContain('/proc')
  expect(await mountsBelow(join(folder, 'link', 'proc'))).toContain('/proc')
})

it('does not claim to have removed the target of a linked state folder', async () => {
  const at = (name: string) => join(folder, name)
  const data = at('data')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'own'), '')
  symlinkSync(data, at('state'))
  const folders = { state: at('state'), runtime: at('runtime'), cache: at('cache'), config: at('config') }
  const cleaned = await clean(folders, false)
  expect(cleaned).toMatchObject({
    ok: true,
    value: expect.arrayContaining([expect.stringContaining(`left all that is in ${data}`)]),
  })
  expect([existsSync(at('state')), existsSync(join(data, 'own')), existsSync(at('runtime'))]).toEqual([
    false,
    true,
    false,
  ])
})

it('leaves a session alone that comes in at its end, with another runtime folder', async () => {
  const at = (name: string) => join(folder, name)
  const run = join(at('state'), 'runs', 'r')
  mkdirSync(run, { recursive: true, mode: 0o700 })
  chmodSync(at('state'), 0o700)
  for (let file = 0; file < 2_000; file++) writeFileSync(join(run, String(file)), '')
  const folders = { state: at('state'), runtime: at('runtime'), cache: at('cache'), config: at('config') }
  const cleaned = clean(folders, false)
  await expect.poll(() => existsSync(join(at('state'), 'session.json')), { interval: 1 }).toBe(true)
  let other: Awaited<ReturnType<typeof takeSessionLock>>
  do other = await takeSessionLock(at('other-runtime'), at('state'))
  while (!other.ok)
  expect(readdirSync(at('state')).filter((name) => !name.startsWith('session.json'))).toEqual([])
  writeFileSync(join(at('state'), 'own'), '')
  expect(await cleaned).toMatchObject({ ok: true })
  expect(readdirSync(at('state')).toSorted()).toEqual(['own', 'session.json'])
  expect(existsSync(at('runtime'))).toBe(false)
})

it('removes folders that are one and the same', async () => {
  const one = join(folder, 'one')
  mkdirSync(join(one, 'runs'), { recursive: true, mode: 0o700 })
  chmodSync(one, 0o700)
  const folders = { state: one, runtime: one, cache: one, config: join(folder, 'config') }
  expect(await clean(folders, true)).toEqual({ ok: true, value: [`removed ${one}`] })
  expect(existsSync(one)).toBe(false)
})

it('removes a record that has no place in its folder', async () => {
  const at = (name: string) => join(folder, name)
  const folders = { state: at('state'), runtime: at('runtime'), cache: at('cache'), config: at('config') }
  for (const name of ['state', 'runtime', 'cache'] as const) mkdirSync(at(name), { mode: 0o700 })
  for (const stray of ['state/session.lock', 'runtime/session.json', 'cache/session.json']) writeFileSync(at(stray), '')
  expect(await clean(folders, true)).toEqual({
    ok: true,
    value: ['state', 'runtime', 'cache'].map((name) => `removed ${at(name)}`),
  })
  expect(readdirSync(folder)).toEqual([])
})

it('says what cannot be removed, and keeps no lock', async () => {
  const at = (name: string) => join(folder, name)
  const folders = { state: at('state'), runtime: at('runtime'), cache: at('cache'), config: at('config') }
  mkdirSync(at('state'), { mode: 0o700 })
  const failure = Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'unlink', path: join(at('state'), 'x') })
  writeFileSync(join(at('state'), 'x'), '')
  rmFails.with = failure
  expect(await clean(folders, false)).toMatchObject({
    ok: false,
    error: { code: 'machine.cannot-remove', found: expect.stringContaining(join(at('state'), 'x')) },
  })
  rmFails.with = undefined
  expect(await clean(folders, false)).toMatchObject({ ok: true })
  expect(existsSync(at('state'))).toBe(false)
})
