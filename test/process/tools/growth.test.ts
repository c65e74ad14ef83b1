import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { whileGrowing } from '../../../src/core/tools/cache/growth.ts'

it('reports the size of a file that another program writes, and returns the work\u2019s result', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'growth-'))
  const reported: number[] = []
  const answer = await whileGrowing(
    folder,
    (bytes) => reported.push(bytes),
    async () => {
      await mkdir(join(folder, 'deep'))
      await writeFile(join(folder, 'deep', 'download'), 'x'.repeat(1_000))
      await writeFile(join(folder, 'small'), 'x')
      await vi.waitFor(() => expect(reported).toEqual([1_000]), { timeout: 5_000 })
      await appendFile(join(folder, 'deep', 'download'), 'x'.repeat(500))
      await vi.waitFor(() => expect(reported).toEqual([1_000, 1_500]), { timeout: 5_000 })
      return 'done'
    },
  )
  expect(answer).toBe('done')
  await rm(folder, { recursive: true, force: true })
})

it('a missing folder and failing work stay what they are', async () => {
  const reported: number[] = []
  const work = whileGrowing(
    '/nowhere/at/all',
    (bytes) => reported.push(bytes),
    () => Promise.reject(new Error('no')),
  )
  await expect(work).rejects.toThrow('no')
  expect(reported).toEqual([])
})
