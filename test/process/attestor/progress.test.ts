import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { Progress, watchProgress } from '../../../src/core/attestor/records/progress.ts'
import type { GateRecord } from '../../../src/core/domain/gate.ts'

const gate: GateRecord = { id: 'container', verdict: 'passed', expected: 'x', found: 'x', elapsedMs: 1 }

it('the progress of an attestation is followed gate by gate, until it is closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'progress-'))
  const seen: string[] = []
  const watcher = watchProgress(folder, 'abc', (gates) => seen.push(gates.map(({ id }) => id).join()))
  const progress = new Progress(folder, 'abc')
  progress.update([gate])
  await vi.waitFor(() => expect(seen).toContain('container'))
  progress.update([gate, { ...gate, id: 'image' }])
  await vi.waitFor(() => expect(seen).toContain('container,image'))
  watcher.close()
  progress.end()
  rmSync(folder, { recursive: true })
})

it('a missing folder costs only the live display', () => {
  const watcher = watchProgress('/nowhere/decisions', 'abc', () => undefined)
  expect(() => watcher.close()).not.toThrow()
})
