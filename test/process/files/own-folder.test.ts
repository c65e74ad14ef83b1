import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isPrivateGroup } from '../../../src/core/files/accounts.ts'
import { checkFolderAbove, checkOwnFolder } from '../../../src/core/files/own-folder.ts'
import { readRegularText } from '../../../src/core/files/read-regular.ts'
import { asStranger, canActAsStranger, needsRoot, strangerUid } from '../../harness/stranger.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-folder-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (...parts: string[]): string => join(folder, ...parts)
const rules = { what: 'cache folder', elsewhere: 'set XDG_CACHE_HOME to another one', secret: true, make: true }
const check = (path: string, more: Partial<typeof rules> = {}) => {
  const result = checkOwnFolder(path, { ...rules, ...more })
  return result.ok ? result.value : `${result.error.code}: ${result.error.found} | ${result.error.remedy}`
}
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8)
/** A directory like /tmp: anyone may create entries, no one may replace those of others. */
const shared = (): string => {
  mkdirSync(at('shared'))
  chmodSync(at('shared'), 0o1777)
  chmodSync(folder, 0o755)
  return at('shared')
}

describe('a directory of ours', () => {
  it('is created with those above it, 0700 each, whatever the umask', () => {
    const before = process.umask(0)
    try {
      expect(check(at('a', 'b'))).toBe('there')
    } finally {
      process.umask(before)
    }
    expect([mode(at('a')), mode(at('a', 'b'))]).toEqual(['700', '700'])
  })

  it('is not created if it may only be checked', () => {
    expect(check(at('a', 'b'), { make: false })).toBe('missing')
    expect(checkOwnFolder(at('a'), { ...rules, make: false })).toEqual({ ok: true, value: 'missing' })
  })

  it('that others can read is closed, by a caller that uses it alone', () => {
    mkdirSync(at('open'))
    chmodSync(at('open'), 0o755)
    expect(check(at('open'), { make: false })).toBe('there')
    expect(mode(at('open'))).toBe('755')
    expect(check(at('open'))).toBe('there')
    expect(mode(at('open'))).toBe('700')
  })

  it('may stay readable when it holds no secrets', () => {
    mkdirSync(at('config'))
    chmodSync(at('config'), 0o755)
    expect(check(at('config'), { secret: false })).toBe('there')
    expect(mode(at('config'))).toBe('755')
  })

  it.each([
    ['everybody', 0o777],
    ['its group', 0o770],
    ['everybody, although it is sticky', 0o1777],
  ])('that %s could write is refused and stays as it is: anything may lie in it', (_, open) => {
    mkdirSync(at('open'))
    chmodSync(at('open'), open)
    expect(check(at('open'))).toMatch(/machine\.folder-not-ours: .* can write \| .*chmod go-w/)
    expect(mode(at('open'))).toBe(open.toString(8))
  })

  it('lies below nothing that others can write, unless that is sticky', () => {
    mkdirSync(at('above', 'ours'), { recursive: true, mode: 0o700 })
    chmodSync(at('above'), 0o777)
    expect(check(at('above', 'ours'))).toContain(`${at('above')}'`)
    chmodSync(at('above'), 0o1777)
    expect(check(at('above', 'ours'))).toBe('there')
  })

  it('can be behind links of ours, in directories of ours', () => {
    mkdirSync(at('disk'))
    symlinkSync(at('disk'), at('link'))
    symlinkSync('link', at('relative'))
    expect(check(at('relative', 'cache'))).toBe('there')
    expect(statSync(at('disk', 'cache')).isDirectory()).toBe(true)
  })

  it('is not behind a link that leads nowhere, to itself, or to a directory that others can write', () => {
    symlinkSync(at('loop'), at('loop'))
    expect(check(at('loop'))).toContain('is a symbolic link of')
    mkdirSync(at('wide'))
    chmodSync(at('wide'), 0o777)
    symlinkSync(at('wide'), at('link'))
    expect(check(at('link', 'cache'))).toContain(`chmod go-w '${at('wide')}'`)
    symlinkSync(at('nothing'), at('dangling'))
    expect(check(at('dangling'), { make: false })).toBe('missing')
    expect(check(at('dangling'))).toBe('there')
  })

  it('is not behind a link in a directory where anyone can create entries', () => {
    const sticky = shared()
    mkdirSync(at('ours'))
    symlinkSync(at('ours'), join(sticky, 'link'))
    expect(check(join(sticky, 'link'))).toContain('is a symbolic link of')
  })

  it('is no file, FIFO or relative path', () => {
    writeFileSync(at('file'), '')
    expect(check(at('file'))).toContain('a regular file')
    expect(check(at('file', 'below'))).toContain('a regular file')
    execFileSync('mkfifo', [at('fifo')])
    expect(check(at('fifo'))).toContain('a FIFO')
    expect(check('cache')).toContain('"cache"')
    expect(check('/tmp/a\0b')).toContain('a\\u0000b')
    expect(check(`${at('file')}/../x`)).toContain('a regular file')
  })
})

describe.runIf(canActAsStranger)(`a group that can write${needsRoot}`, () => {
  beforeEach(() => {
    mkdirSync(at('above', 'config'), { recursive: true })
    chmodSync(at('above'), 0o775)
    chmodSync(at('above', 'config'), 0o775)
  })

  it('does not matter when it has no other member, except for what only we may read', () => {
    expect(isPrivateGroup(0)).toBe(true)
    expect(check(at('above', 'config'), { secret: false })).toBe('there')
    expect(check(at('above', 'config'))).toContain('group 0 can write')
  })

  it('counts when it has another member or none, or is not known', () => {
    // Programs with set-group-ID, and services, have a group that no account is a member of.
    const empty = readFileSync('/etc/group', 'utf8').match(/^(?:staff|utmp):[^:]*:(\d+):$/m)?.[1]
    for (const gid of [strangerUid, 4_000_000, ...(empty === undefined ? [] : [Number(empty)])]) {
      expect(isPrivateGroup(gid)).toBe(false)
      chownSync(at('above'), 0, gid)
      expect(check(at('above', 'config'), { secret: false })).toContain(`group ${gid} can write`)
    }
  })

  it('of a file is reported in the same way', () => {
    writeFileSync(at('file'), 'text')
    chmodSync(at('file'), 0o664)
    const rules = { maxBytes: 100, protected: true, privateGroup: true }
    expect(readRegularText(at('file'), rules)).toEqual({ ok: true, value: 'text' })
    chownSync(at('file'), 0, strangerUid)
    expect(readRegularText(at('file'), rules).ok).toBe(false)
  })
})

describe.runIf(canActAsStranger)(`another user${needsRoot}`, () => {
  it('is named as the owner of a directory that was created first', () => {
    const path = join(shared(), 'sigstore-attestor-0')
    asStranger(`fs.mkdirSync(${JSON.stringify(path)}, { mode: 0o700 })`)
    expect(check(path)).toContain(`${path} belongs to user ${strangerUid}`)
    expect(check(path)).toContain('set XDG_CACHE_HOME to another one')
    expect(check(join(path, 'below'))).toContain(`${path} belongs to user ${strangerUid}`)
  })

  it.each([
    ['a link to a directory of ours', `fs.symlinkSync('/root', PATH)`],
    ['a link that leads nowhere', `fs.symlinkSync('/nothing', PATH)`],
    ['a file', `fs.writeFileSync(PATH, '')`],
    ['a FIFO', `require('node:child_process').execFileSync('/usr/bin/mkfifo', [PATH])`],
    ['a socket', `require('node:net').createServer().listen(PATH, () => process.exit())`],
  ])('cannot put %s in its place', (_, plant) => {
    const path = join(shared(), 'ours')
    asStranger(plant.replace('PATH', JSON.stringify(path)))
    for (const make of [true, false]) {
      expect(check(path, { make })).toContain('machine.folder-not-ours')
      expect(check(path, { make })).toContain(String(strangerUid))
    }
  })

  it('has a home that is not used, such as with sudo -E', () => {
    mkdirSync(at('home', '.cache'), { recursive: true })
    chownSync(at('home'), strangerUid, strangerUid)
    expect(check(at('home', '.cache', 'ours'))).toContain(`${at('home')} belongs to user ${strangerUid}`)
  })

  it('cannot have a directory created in a directory of theirs', () => {
    const path = join(shared(), 'theirs')
    asStranger(`fs.mkdirSync(${JSON.stringify(path)}, { mode: 0o777 })`)
    const above = checkFolderAbove(path, 'folder', 'set TMPDIR')
    expect(above.ok ? '' : above.error.found).toContain(`belongs to user ${strangerUid}`)
    expect(checkFolderAbove(at('shared'), 'folder', 'set TMPDIR').ok).toBe(true)
    chmodSync(at('shared'), 0o777)
    expect(checkFolderAbove(at('shared'), 'folder', 'set TMPDIR').ok).toBe(false)
    expect(checkFolderAbove(at('missing'), 'folder', 'set TMPDIR').ok).toBe(false)
  })
})
