import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSession } from '../../../src/core/orchestrator/session/session.ts'
import { sandboxSettings } from '../../../src/core/profiles/read-profile.ts'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sa-'))
  for (const name of ['state', 'cache', 'config', 'run']) mkdirSync(join(base, name), { mode: 0o700 })
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const open = (openerDir: string) =>
  openSession({
    folders: {
      state: join(base, 'state'),
      cache: join(base, 'cache'),
      config: join(base, 'config'),
      runtime: join(base, 'run'),
    },
    tools: {} as never,
    programs: { node: '/n', attestorPlugin: '/p/x', issuer: '/i', openerDir },
    profile: sandboxSettings,
    login: () => Promise.reject(new Error('no login')),
    ask: () => Promise.resolve('no'),
  })

it('a program in a folder with a colon in its path is refused, and nothing is created or locked', async () => {
  const folder = '/opt/demo:1.0/opener'
  const session = await open(folder)
  expect(session).toMatchObject({
    ok: false,
    error: { code: 'machine.colon-in-path', found: folder, remedy: expect.stringContaining('without a colon') },
  })
  expect(readdirSync(join(base, 'state'))).toEqual([])
  expect(readdirSync(join(base, 'run'))).toEqual([])
  // The same folders serve a program in another place.
  const other = await open('/opt/demo-1.0/opener')
  expect(other.ok).toBe(true)
  if (other.ok) expect(await other.value.close()).toEqual([])
})
