import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { mountsBelow } from '../../../src/core/containers/mounts.ts'
import { clean } from '../../../src/core/orchestrator/session/clean.ts'

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
