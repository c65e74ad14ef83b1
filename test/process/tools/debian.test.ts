import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { SetupEvent } from '../../../src/core/tools/setup/setup-event.ts'
import { debian } from '../../../src/core/tools/sources/debian.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debian-'))
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it('an installation is waited for and never interrupted, and that is reported', async () => {
  const apt = `#!/bin/sh
[ "$1" = update ] && exit 0
cd '${folder}'
for name in INT TERM HUP; do trap "echo $name >> signals" $name; done
touch installing
while [ ! -e go ]; do sleep 0.05; done
touch installed`
  writeFileSync(join(folder, 'apt-get'), apt)
  chmodSync(join(folder, 'apt-get'), 0o755)
  writeFileSync(join(folder, 'os-release'), 'ID=debian\n')
  const reported: SetupEvent[] = []
  const stop = new AbortController()
  const tools = await debian({
    report: (event) => reported.push(event),
    signal: stop.signal,
    osRelease: join(folder, 'os-release'),
  })
  const installed = tools.install(['golang-go'], 'a test')
  await expect.poll(() => existsSync(join(folder, 'installing'))).toBe(true)
  stop.abort('Ctrl-C')
  expect(reported.at(-1)).toEqual({ type: 'setup.waiting', why: 'apt is not interrupted: it installs golang-go' })
  writeFileSync(join(folder, 'go'), '')
  expect(await installed).toMatchObject({ ok: true })
  expect(existsSync(join(folder, 'installed'))).toBe(true)
  expect(existsSync(join(folder, 'signals')) ? readFileSync(join(folder, 'signals'), 'utf8') : '').toBe('')
})
