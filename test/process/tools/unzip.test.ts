import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unzip } from '../../../src/core/tools/sources/unzip.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unzip-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Member {
  readonly name: string
  readonly text: string
  readonly mode?: number
}

/** A zip of stored members, byte by byte (APPNOTE.TXT, 4.3): including ones that no zip program would write. */
function zipOf(members: readonly Member[]): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, text, mode = 0o100644 } of members) {
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt32LE(crc32(text), 10)
    fields.writeUInt32LE(text.length, 14)
    fields.writeUInt32LE(text.length, 18)
    fields.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, Buffer.from(name), Buffer.from(text)])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE((mode << 16) >>> 0, 6)
    rest.writeUInt32LE(offset, 10)
    // Made by Unix (3), so that the mode counts.
    directory.push(Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3]), fields, rest, Buffer.from(name))
    files.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(members.length, 4)
  end.writeUInt16LE(members.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...files, central, Buffer.from('PK\u0005\u0006'), end])
}

async function unpack(members: readonly Member[], more: { maxBytes?: number; signal?: AbortSignal } = {}) {
  const archive = join(folder, 'archive.zip')
  await writeFile(archive, zipOf(members))
  const place = (name: string): string | undefined => (name.startsWith('app/') ? undefined : name)
  return unzip({ archive, folder: join(folder, 'out'), place, maxBytes: 1_000, ...more })
}

describe('unpacking an archive', () => {
  it('writes the wanted files with their modes, and no others', async () => {
    const members = [
      { name: 'bin/program', text: 'run', mode: 0o100755 },
      { name: 'app/other', text: 'no' },
      { name: 'read me', text: 'read' },
    ]
    expect(await unpack(members)).toEqual({ ok: true, value: { files: 2 } })
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['bin', 'read me'])
    expect(await readFile(join(folder, 'out', 'read me'), 'utf8')).toBe('read')
    expect((await stat(join(folder, 'out', 'bin', 'program'))).mode & 0o777).toBe(0o755)
  })

  it.each([
    ['leads out of the folder', '../outside', 0o100644],
    ['is absolute', '/outside', 0o100644],
    ['has a backslash', '..\\outside', 0o100644],
    ['is a link', 'link', 0o120777],
    ['is a device', 'device', 0o020666],
  ])('refuses a name that %s', async (_what, name, mode) => {
    const result = await unpack([{ name, text: '/etc/passwd', mode }])
    expect(result.ok).toBe(false)
    expect(await readdir(folder)).not.toContain('outside')
    expect(await readdir(join(folder, 'out')).catch(() => [])).toEqual([])
  })

  it('stops at more bytes than are allowed, and when it is cancelled', async () => {
    expect(await unpack([{ name: 'a', text: 'x'.repeat(2_000) }])).toMatchObject({
      ok: false,
      error: expect.stringMatching(/more than the 1000/),
    })
    expect(await unpack([{ name: 'b', text: 'x' }], { signal: AbortSignal.abort() })).toEqual({
      ok: false,
      error: 'cancelled',
    })
  })

  it('says in words that it is not an archive', async () => {
    const archive = join(folder, 'none.zip')
    await writeFile(archive, 'no zip at all')
    const result = await unzip({ archive, folder, place: (name) => name, maxBytes: 1_000 })
    expect(result).toMatchObject({ ok: false, error: expect.stringMatching(/^the archive cannot be read: /) })
  })
})
