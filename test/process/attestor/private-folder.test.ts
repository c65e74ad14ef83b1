import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePrivateFolder } from '../../../src/core/attestor/plugin/private-folder.ts'
import { makeTemporaryFolder } from '../../../src/core/files/temporary-folder.ts'
import { asStranger, canActAsStranger, needsRoot, strangerUid } from '../../harness/stranger.ts'

let root: string
/** A directory like /tmp. */
const shared = () => join(root, 'tmp')
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'private-'))
  chmodSync(root, 0o755)
  mkdirSync(shared())
  chmodSync(shared(), 0o1777)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const make = (base: string) => {
  const made = makePrivateFolder({ PLUGIN_UNIX_SOCKET_DIR: base })
  return made.ok ? made.value : `${made.error.found} | ${made.error.remedy}`
}
const here = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''
/** A folder as the plugin with this pid makes it, in this PID namespace or another. */
const folderOf = (pid: number, namespace = here) =>
  join(shared(), `sigstore-attestor-plugin-${pid}-${namespace}-abcdef`)

/** A pid that no process has any more. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('the folder of a plugin', () => {
  it('is new, private to this process, and replaces those of killed plugins', async () => {
    const old = folderOf(await goneProcess())
    const alive = folderOf(process.pid)
    const elsewhere = folderOf(await goneProcess(), '4026530000')
    for (const folder of [old, alive, elsewhere]) mkdirSync(join(folder, 'inside'), { recursive: true, mode: 0o700 })
    const made = make(shared())
    expect(dirname(made)).toBe(shared())
    expect(statSync(made).mode & 0o777).toBe(0o700)
    expect([existsSync(old), existsSync(alive), existsSync(elsewhere)]).toEqual([false, true, true])
  })

  it('is in /tmp where the path of its socket would be too long', () => {
    const long = join(shared(), 'x'.repeat(107 - shared().length - 1 - 'plugin.sock'.length - 40))
    mkdirSync(long)
    const made = make(long)
    expect([dirname(made), join(made, 'plugin.sock').length <= 107]).toEqual(['/tmp', true])
    rmSync(made, { recursive: true })
  })

  it('is not created if anyone can replace it, and nothing is removed there', async () => {
    chmodSync(shared(), 0o777)
    const old = folderOf(await goneProcess())
    mkdirSync(old, { mode: 0o700 })
    expect(make(shared())).toMatch(/can write \| .*set TMPDIR or PLUGIN_UNIX_SOCKET_DIR/)
    expect(existsSync(old)).toBe(true)
  })

  it('cannot be created where nothing can be written, which is an error and no exception', () => {
    // As a unit with ProtectSystem=strict and without PrivateTmp has its /tmp; not even root can write here.
    expect(make('/proc/sys')).toMatch(/\/proc\/sys.* \| .*set TMPDIR or PLUGIN_UNIX_SOCKET_DIR/)
    expect(makeTemporaryFolder('x', '/proc/sys')).toMatchObject({
      ok: false,
      error: { code: 'machine.folder-unusable', remedy: expect.stringContaining('set TMPDIR') },
    })
  })

  it('that is open to others is not treated as ours', async () => {
    const open = folderOf(await goneProcess())
    mkdirSync(open)
    chmodSync(open, 0o777)
    make(shared())
    expect(existsSync(open)).toBe(true)
  })
})

describe.runIf(canActAsStranger)(`another user${needsRoot}`, () => {
  it('cannot have it created in a directory of theirs', () => {
    const theirs = join(shared(), 'theirs')
    asStranger(`fs.mkdirSync(${JSON.stringify(theirs)}, { mode: 0o755 })`)
    expect(make(theirs)).toContain(`${theirs} belongs to user ${strangerUid}`)
    asStranger(`fs.symlinkSync(${JSON.stringify(root)}, ${JSON.stringify(join(shared(), 'link'))})`)
    expect(make(join(shared(), 'link'))).toContain('symbolic link')
  })
})
