import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeArchive } from '../../../src/cli/package/archive.ts'

const run = promisify(execFile)
let place: string

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'archive-'))
  await mkdir(join(place, 'folder', 'deep'), { recursive: true })
  await writeFile(join(place, 'folder', 'program'), 'x'.repeat(200_000))
  await chmod(join(place, 'folder', 'program'), 0o700)
  await writeFile(join(place, 'folder', 'deep', 'text'), 'text')
  await symlink('deep/text', join(place, 'folder', 'link'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

it('a folder is archived below its name, readable by all, programs as programs', async () => {
  const file = join(place, 'one.tar.gz')
  const hash = await writeArchive(join(place, 'folder'), 'name-1.0', file)
  expect(hash).toBe(
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  )
  const { stdout } = await run('tar', ['-tvzf', file])
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\s+\S+\s+\d+ \S+ \S+/, ''))
  expect(rows).toEqual([
    'drwxr-xr-x name-1.0/',
    'drwxr-xr-x name-1.0/deep/',
    '-rw-r--r-- name-1.0/deep/text',
    'lrwxrwxrwx name-1.0/link -> deep/text',
    '-rwxr-xr-x name-1.0/program',
  ])
})

it('the same files give the same bytes, whenever they were created', async () => {
  const first = await writeArchive(join(place, 'folder'), 'name', join(place, 'two.tar.gz'))
  await utimes(join(place, 'folder', 'program'), 1, 1)
  expect(await writeArchive(join(place, 'folder'), 'name', join(place, 'three.tar.gz'))).toBe(first)
})

it('a missing folder is an error, and not an empty archive', async () => {
  await expect(writeArchive(join(place, 'nowhere'), 'name', join(place, 'four.tar.gz'))).rejects.toThrow('ENOENT')
})
