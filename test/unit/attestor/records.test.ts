import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readDecisions, writeDecision } from '../../../src/core/attestor/records/records.ts'
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
let newest: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'records-'))
  folder = join(base, 'records')
  newest = join(folder, 'decisions.jsonl')
})
afterEach(() => rmSync(base, { recursive: true }))

describe('decision records', () => {
  it('are read back as they were written, oldest first, for one container', async () => {
    for (const each of [record(a, 2), record(b, 1), record(a, 1)]) writeDecision(folder, each)
    expect(await readDecisions(folder, a)).toEqual([record(a, 1), record(a, 2)])
    expect(await readDecisions(folder, b)).toEqual([record(b, 1)])
    expect(await readDecisions(folder, 'c'.repeat(64))).toEqual([])
  })

  it('are readable by their owner only, a line each', () => {
    for (const second of [1, 2]) writeDecision(folder, record(a, second))
    expect(readdirSync(folder)).toEqual(['decisions.jsonl'])
    expect(readFileSync(newest, 'utf8')).toBe(`${JSON.stringify(record(a, 1))}\n${JSON.stringify(record(a, 2))}\n`)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(newest).mode & 0o777).toBe(0o600)
  })

  it('of a newer plugin are read without the new fields, at every depth', async () => {
    writeDecision(folder, record(a, 1))
    const [line = ''] = readFileSync(newest, 'utf8').split('\n')
    writeFileSync(newest, `${line.replaceAll('{', '{"newer":1,')}\n`)
    expect(await readDecisions(folder, a)).toEqual([record(a, 1)])
  })

  it('of a newer plugin are read without gates and checks that this program does not know', async () => {
    const known = record(a, 1)
    const [gate] = known.gates
    const newer = { ...gate, id: 'freshness', verdict: 'failed' }
    const gates = [newer, ...known.gates.map((each) => ({ ...each, checks: [{ ...newer, id: 'moon' }] })), newer]
    mkdirSync(folder, { recursive: true })
    writeFileSync(newest, `${JSON.stringify({ ...known, gates })}\n`)
    expect(await readDecisions(folder, a)).toEqual([
      { ...known, gates: known.gates.map((each) => ({ ...each, checks: [] })) },
    ])
  })

  it('of the same moment are two', async () => {
    for (let time = 0; time < 2; time += 1) writeDecision(folder, record(a, 1))
    expect(await readDecisions(folder, a)).toEqual([record(a, 1), record(a, 1)])
  })

  it('are kept up to 8 MB, at least the newest 4', async () => {
    const wide = (second: number): DecisionRecord => ({
      ...record(b, second),
      selectors: Array.from({ length: 100 }, () => 'x'.repeat(5_000)),
    })
    for (let second = 0; second < 32; second += 1)
      writeDecision(folder, second % 10 === 0 ? record(a, second) : wide(second))
    expect(readdirSync(folder).toSorted()).toEqual(['decisions.jsonl', 'decisions.older.jsonl'])
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
    expect(Math.max(...sizes)).toBeLessThan(5_000_000)
    // Nine wide ones fill a file.
    expect(await readDecisions(folder, a)).toEqual([record(a, 20), record(a, 30)])
    expect((await readDecisions(folder, b)).at(-1)).toEqual(wide(31))
    expect(await readDecisions(folder, b)).toHaveLength(10)
  })

  it('that were rotated by another plugin with the same folder are not lost', async () => {
    writeDecision(folder, record(a, 1))
    renameSync(newest, join(folder, 'decisions.older.jsonl'))
    writeDecision(folder, record(a, 2))
    expect(await readDecisions(folder, a)).toEqual([record(a, 1), record(a, 2)])
  })

  it('that are garbage, truncated or malformed are skipped', async () => {
    writeDecision(folder, record(a, 1))
    appendFileSync(newest, `garbage\n{"version":2,"containerId":"${a}"}\n\n`)
    writeDecision(folder, { ...record(b, 2), containerName: a })
    writeDecision(folder, record(a, 3))
    expect(await readDecisions(folder, a)).toEqual([record(a, 1), record(a, 3)])
    expect(await readDecisions(join(base, 'nowhere'), a)).toEqual([])
  })

  it('a line that an earlier process left half-written does not swallow the next', async () => {
    mkdirSync(folder)
    writeFileSync(newest, JSON.stringify(record(a, 1)).slice(0, 50))
    writeDecision(folder, record(a, 2))
    expect(await readDecisions(folder, a)).toEqual([record(a, 2)])
  })

  it('cannot be written if the folder cannot be created, which is reported', () => {
    writeFileSync(folder, '')
    expect(() => writeDecision(folder, record(a, 1))).toThrow('ENOTDIR')
  })
})
