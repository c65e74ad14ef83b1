import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { launchWindow, windowArguments } from '../../../src/cli/window/launch.ts'
import { startFailure } from '../../../src/cli/window/start-failure.ts'

const folder = mkdtempSync(join(tmpdir(), 'window-start-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A runtime that prints this and ends. */
function runtime(lines: readonly string[], ending: string): string {
  const file = join(folder, 'runtime')
  const says = lines.map((line) => `printf '%s\\n' '${line}' >&2\n`).join('')
  writeFileSync(file, `#!/bin/sh\n${says}${ending}\n`, { mode: 0o755 })
  return file
}

// As Chromium prints them.
const noServer = '[1:0101/000000.1:ERROR:ozone_platform_x11.cc(244)] Missing X server or $DISPLAY'
const refused = 'Authorization required, but no authorization protocol specified'
const noSandbox =
  '[1:0101/000000.1:FATAL:setuid_sandbox_host.cc(163)] The SUID sandbox helper binary was found, but is not configured correctly.'
const noHelper = '[1:0101/000000.1:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox!'

describe('a window that does not open', () => {
  it.each([
    [[noServer, '[1:ERROR:env.cc(258)] The platform failed to initialize.  Exiting.'], 'kill -SEGV $$', 139, 'display'],
    [[refused], 'exit 1', 1, 'display'],
    [[noSandbox], 'kill -TRAP $$', 133, 'sandbox'],
    [[noHelper], 'kill -TRAP $$', 133, 'sandbox'],
  ])('is a sentence with its fix: %j', async (lines, ending, code, what) => {
    const end = await launchWindow(runtime(lines, ending), { main: 'main.cjs' })
    expect(end).toMatchObject({
      code,
      failure: {
        what: expect.stringContaining(what),
        found: expect.stringContaining(lines[0]!.slice(-20)),
        remedy: expect.stringContaining('npm run story'),
      },
    })
  })

  it.each([
    [[], 'exit 3', 3],
    [['a bug of ours'], 'kill -SEGV $$', 139],
    [[noServer], 'exit 0', 0],
  ])('for another reason has its code alone: %j, %s', async (lines, ending, code) => {
    expect(await launchWindow(runtime(lines, ending), { main: 'main.cjs' })).toEqual({ code, failure: undefined })
  })

  it('never has Chromium run without its sandbox as an ordinary user', () => {
    expect(startFailure([noSandbox])?.what).toContain('not run without it')
    expect(windowArguments({ main: 'm' }).includes('--no-sandbox')).toBe(process.getuid?.() === 0)
  })

  it.each([
    [undefined, []],
    ['wayland', ['--ozone-platform=wayland']],
    ['x11', ['--ozone-platform=x11']],
  ] as const)('is started on the display that answers: %s', (system, expected) => {
    const args = windowArguments({ main: 'm', system })
    expect(args.filter((each) => each.startsWith('--ozone'))).toEqual(expected)
  })
})
