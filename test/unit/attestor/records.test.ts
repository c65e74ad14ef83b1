import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readDecisions, writeDecision } from '../../../src/core/attestor/records.ts'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'

const a = 'a'.repeat(64)
const b = 'b'.repeat(64)
const record = (containerId: string, second: number): DecisionRecord => ({
  version: 1,
  at: new Date(Date.UTC(2026, 10, 21, 10, 0, 0) + second * 1000).toISOString(),
  pid: 7,
  containerId,
  containerName: null,
  imageId: null,
  imageDigest: null,
  skippedRepositories: [],
  rejectedBundles: [],
  cached: false,
  gates: [
    { id: 'container', verdict: 'passed', expected: 'x', found: 'x', elapsedMs: 1 },
    {
      id: 'signer',
      verdict: 'failed',
      expected: 'x',
      found: 'y',
      remedy: 'z',
      elapsedMs: 2,
      checks: [{ id: 'log', verdict: 'failed', expected: 'x', found: 'y' }],
    },
  ],
  signatures: [],
  answer: 'none',
  selectors: [],
  elapsedMs: 3,
})

let base: string
let folder: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'records-'))
  folder = join(base, 'records')
})
afterEach(() => rmSync(base, { recursive: true }))

describe('decision records', () => {
  it('are read back as they were written, oldest first, for one container', async () => {
    for (const each of [record(a, 2), record(b, 1), record(a, 1)]) writeDecision(folder, each)
    expect(await readDecisions(folder, a)).toEqual([record(a, 1), record(a, 2)])
    expect(await readDecisions(folder, b)).toEqual([record(b, 1)])
    expect(await readDecisions(folder, 'c'.repeat(64))).toEqual([])
  })

  it('are for their owner alone, and two of the same moment are two', () => {
    writeDecision(folder, record(a, 1))
    writeDecision(folder, record(a, 1))
    const names = readdirSync(folder)
    expect(names).toHaveLength(2)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, names[0]!)).mode & 0o777).toBe(0o600)
  })

  it('are kept up to 1,000, the newest', async () => {
    writeDecision(folder, record(a, 0))
    for (let index = 1; index <= 1_000; index++) {
      const at = record(b, index).at.replaceAll(':', '-')
      writeFileSync(join(folder, `${at}_${b}_1.json`), JSON.stringify(record(b, index)))
    }
    writeDecision(folder, record(a, 2_000))
    // Nobody waits for it who attests.
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1_000), { timeout: 20_000 })
    expect((await readDecisions(folder, a)).map((each) => each.at)).toEqual([record(a, 2_000).at])
  })

  it('that are garbage, half-written or of another form are passed over', async () => {
    writeDecision(folder, record(a, 1))
    const at = record(a, 2).at.replaceAll(':', '-')
    writeFileSync(join(folder, `${at}_${a}_1.json`), 'garbage')
    writeFileSync(join(folder, `${at}_${a}_2.json`), '{"version":2}')
    writeFileSync(join(folder, `${at}_${a}_3.json.new`), JSON.stringify(record(a, 2)))
    expect(await readDecisions(folder, a)).toEqual([record(a, 1)])
    expect(await readDecisions(join(base, 'nowhere'), a)).toEqual([])
  })
})
