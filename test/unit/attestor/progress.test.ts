import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Progress, watchProgress } from '../../../src/core/attestor/records/progress.ts'
import { readDecisions } from '../../../src/core/attestor/records/records.ts'
import type { GateRecord } from '../../../src/core/domain/gate.ts'

const id = 'a'.repeat(64)
const gate = (name: GateRecord['id'], verdict: GateRecord['verdict'] = 'passed'): GateRecord => ({
  id: name,
  verdict,
  expected: 'x',
  found: 'y',
  elapsedMs: 1,
})

let folder: string
const heard: string[] = []
let watched: { readonly close: () => void }
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'progress-')), 'records')
  mkdirSync(folder)
  heard.length = 0
  watched = watchProgress(folder, id, (gates) =>
    heard.push(gates.map((each) => `${each.id} ${each.verdict}`).join(', ')),
  )
})
afterEach(() => {
  watched.close()
  rmSync(join(folder, '..'), { recursive: true })
})

it('is reported gate by gate, is not a record, and is removed at the end', async () => {
  const progress = new Progress(folder, id)
  progress.update([gate('container')])
  await vi.waitFor(() => expect(heard.at(-1)).toBe('container passed'))
  progress.update([gate('container'), gate('image', 'failed')])
  await vi.waitFor(() => expect(heard.at(-1)).toBe('container passed, image failed'))
  expect(statSync(join(folder, `${id}.progress`)).mode & 0o777).toBe(0o600)
  expect(await readDecisions(folder, id)).toEqual([])
  progress.update([gate('container', 'could-not-check'), gate('image', 'failed')])
  await vi.waitFor(() => expect(heard.at(-1)).toBe('container could-not-check, image failed'))
  progress.end()
  expect(readdirSync(folder)).toEqual([])
})

it('of another container, garbage and an unknown gate are skipped', async () => {
  new Progress(folder, 'b'.repeat(64)).update([gate('registry')])
  writeFileSync(join(folder, `${id}.progress`), '{"id":"no gate"\n{"id":"no gate","verdict":"passed"}\n')
  new Progress(folder, id).update([gate('image')])
  await vi.waitFor(() => expect(heard.at(-1)).toBe('image passed'))
  expect([...new Set(heard)]).toEqual(['image passed'])
})

it('of two processes of one container is written by both, and removed when both are done', async () => {
  const both = [new Progress(folder, id), new Progress(folder, id)]
  for (const progress of both) progress.update([gate('container')])
  await vi.waitFor(() => expect(heard).toContain('container passed'))
  for (const progress of both) progress.end()
  expect(readdirSync(folder)).toEqual([])
})

it('costs nothing but itself when its folder cannot be written', async () => {
  writeFileSync(join(folder, 'file'), '')
  const progress = new Progress(join(folder, 'file'), id)
  progress.update([gate('container')])
  progress.end()
  expect(heard).toEqual([])
})
