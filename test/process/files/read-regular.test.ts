import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ReadRules, readRegularFile, readRegularText } from '../../../src/core/files/read-regular.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-regular-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const small = { maxBytes: 100 }
const at = (name: string, content = 'secret words', mode = 0o600): string => {
  const file = join(folder, name)
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}
const read = (path: string, rules: ReadRules = small) => {
  const result = readRegularFile(path, rules)
  return result.ok ? result.value.toString() : { code: result.error.code, found: result.error.found }
}

describe('reading a regular file', () => {
  it('gives its bytes, up to the limit', () => {
    expect(read(at('exact', 'x'.repeat(100)))).toBe('x'.repeat(100))
    expect(read(at('empty', ''))).toBe('')
    expect(read(at('one-more', 'x'.repeat(101)))).toEqual({ code: 'machine.file-large', found: '101 bytes' })
  })

  it('stops at the limit when the size is not known before', () => {
    // The kernel reports a size of 0 for these.
    expect(read('/proc/self/maps')).toEqual({ code: 'machine.file-large', found: 'more than 100 bytes' })
  })

  it('refuses a FIFO, a directory, a device, a socket and a missing file at once', async () => {
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    expect(read(fifo)).toEqual({ code: 'machine.file-kind', found: 'a FIFO' })
    expect(read(folder)).toEqual({ code: 'machine.file-kind', found: 'a directory' })
    expect(read('/dev/zero')).toEqual({ code: 'machine.file-kind', found: 'a device' })
    const socket = join(folder, 'socket')
    const server = createServer().listen(socket)
    await new Promise((resolve) => server.once('listening', resolve))
    expect(read(socket)).toEqual({ code: 'machine.file-kind', found: 'a socket or a device' })
    server.close()
    expect(read(join(folder, 'nothing'))).toEqual({ code: 'machine.file-missing', found: 'nothing' })
    expect(read(join(at('file'), 'below'))).toEqual({ code: 'machine.file-missing', found: 'nothing' })
  })

  it('follows a link unless forbidden', () => {
    const link = join(folder, 'link')
    symlinkSync(at('target'), link)
    expect(read(link)).toBe('secret words')
    expect(read(link, { ...small, noFollow: true })).toEqual({ code: 'machine.file-kind', found: 'a symbolic link' })
  })

  it('refuses what other users can change, only when protected', () => {
    const rules = { ...small, protected: true }
    expect(read(at('own'), rules)).toBe('secret words')
    expect(read(at('readable', 'text', 0o644), rules)).toBe('text')
    expect(read(at('group', 'text', 0o660), rules)).toEqual({
      code: 'machine.file-owner',
      found: 'mode 0660: its group can write',
    })
    expect(read(at('all', 'text', 0o666), rules)).toEqual({
      code: 'machine.file-owner',
      found: 'mode 0666: its group and everyone can write',
    })
    expect(read(join(folder, 'all'))).toBe('text')
  })

  it.runIf(process.getuid?.() === 0)('refuses what belongs to another user', () => {
    const file = at('foreign')
    chownSync(file, 65_534, 65_534)
    expect(read(file, { ...small, protected: true })).toEqual({
      code: 'machine.file-owner',
      found: 'it belongs to user 65534',
    })
  })

  it('takes only UTF-8 as text, and never quotes what it read', () => {
    const file = join(folder, 'binary')
    writeFileSync(file, Buffer.from([0x73, 0x65, 0x63, 0xff]))
    const result = readRegularText(file, small)
    expect(result).toMatchObject({ ok: false, error: { code: 'machine.file-kind', found: 'other bytes' } })
    expect(readRegularText(at('text', 'plain é'), small)).toEqual({ ok: true, value: 'plain é' })
    mkdirSync(join(folder, 'd'))
    expect(JSON.stringify(readRegularFile(at('long', 'secret'.repeat(90)), small))).not.toContain('secretsecret')
  })
})
