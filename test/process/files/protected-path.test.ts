import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { protectedPath } from '../../../src/core/files/protected-path.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'protected-path-'))
  // Others may enter, so that the modes below count.
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const made = (name: string, mode = 0o755): string => {
  const path = join(folder, name)
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}
const fileIn = (parent: string): string => {
  const file = join(parent, 'file')
  writeFileSync(file, '')
  return file
}
/** What is wrong, with the place; or `fine`. */
const look = (path: string): string => {
  const result = protectedPath(path)
  return result.ok ? 'fine' : `${result.error.what} ${result.error.found}`
}

describe('a path that others cannot change', () => {
  it('leads through directories of ours and of root, and a sticky one of root', () => {
    expect(look(fileIn(made('own')))).toBe('fine')
    expect(look('/etc/passwd')).toBe('fine')
    const result = protectedPath(join(folder, 'own', 'missing', 'deeper'))
    expect(result).toMatchObject({ ok: true, value: { stats: undefined, nearest: join(folder, 'own') } })
  })

  it('does not lead through a directory that others may write', () => {
    const group = made('group', 0o775)
    expect(look(fileIn(group))).toContain(`${group}. mode 0775: its group can write`)
    const all = made('all', 0o777)
    expect(look(fileIn(all))).toContain('its group and everyone can write')
    // Also if the file itself does not exist yet.
    expect(look(join(all, 'missing'))).toContain(all)
    const sticky = made('sticky', 0o1777)
    expect(look(fileIn(sticky))).toBe('fine')
    expect(look(join(sticky, 'missing'))).toContain(sticky)
  })

  it('may lead through a link of the kernel that cannot be read: that is a result too', () => {
    // Readable or not, depending on who asks; it must not throw.
    expect(() => look('/proc/1/root/etc/passwd')).not.toThrow()
    expect(() => look('/proc/self/fd/999999/x')).not.toThrow()
  })

  it('may have any mode if others cannot enter', () => {
    const closed = made('closed', 0o700)
    mkdirSync(join(closed, 'open'))
    chmodSync(join(closed, 'open'), 0o777)
    expect(look(fileIn(join(closed, 'open')))).toBe('fine')
  })

  it('is followed over links, and judged where they lead', () => {
    const all = made('all', 0o777)
    symlinkSync(fileIn(all), join(folder, 'absolute'))
    expect(look(join(folder, 'absolute'))).toContain(all)
    symlinkSync('all/file', join(folder, 'relative'))
    expect(look(join(folder, 'relative'))).toContain(all)
    const deep = made('deep')
    symlinkSync('../all', join(deep, 'up'))
    expect(look(join(deep, 'up', 'file'))).toContain(all)
    // From a directory that is closed to others back out of it.
    const closed = made('closed', 0o700)
    symlinkSync(all, join(closed, 'out'))
    expect(look(join(closed, 'out', 'file'))).toContain(all)
    symlinkSync('circle', join(folder, 'circle'))
    expect(look(join(folder, 'circle'))).toContain('circle of links')
  })

  it('does not go through a file', () => {
    const file = fileIn(made('own'))
    expect(look(join(file, 'x'))).toContain('is a regular file')
  })

  it.runIf(process.getuid?.() === 0)('does not go through a directory or a link of somebody else', () => {
    const foreign = made('foreign')
    const file = fileIn(foreign)
    chownSync(foreign, 65_534, 65_534)
    expect(look(file)).toContain(`${foreign}. it belongs to user 65534`)
    const own = fileIn(made('own'))
    symlinkSync(own, join(folder, 'link'))
    expect(look(join(folder, 'link'))).toBe('fine')
    // lchown
    rmSync(join(folder, 'link'))
    const sticky = made('sticky', 0o1777)
    mkdirSync(join(sticky, 'planted'))
    chownSync(join(sticky, 'planted'), 65_534, 65_534)
    expect(look(fileIn(join(sticky, 'planted')))).toContain('65534')
  })
})
