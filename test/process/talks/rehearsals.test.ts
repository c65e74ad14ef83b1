import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepRehearsal, readRehearsal } from '../../../src/core/talks/rehearsals.ts'

const recording = readFileSync('test/renderer/recordings/signed.jsonl', 'utf8')
const of = { talk: 'mine', scenario: 'signed' } as const
let base: string
let folder: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'rehearsals-'))
  folder = join(base, 'rehearsals')
})
afterEach(() => rmSync(base, { recursive: true }))

describe('a rehearsal', () => {
  const file = () => join(folder, 'mine', 'signed.jsonl')

  it('is kept for its user alone, and read again; a newer one takes its place', async () => {
    expect((await keepRehearsal(folder, of, 'older')).ok).toBe(true)
    expect((await keepRehearsal(folder, of, recording)).ok).toBe(true)
    expect(readRehearsal(folder, of)).toEqual({ ok: true, value: recording })
    expect([folder, join(folder, 'mine'), file()].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o700, 0o600,
    ])
  })

  it('is not used if others can read or write it, if it is a link, cut short, or another one', async () => {
    expect(readRehearsal(folder, of).ok).toBe(false)
    await keepRehearsal(folder, of, recording)
    expect(readRehearsal(folder, of).ok).toBe(true)
    chmodSync(file(), 0o644)
    expect(readRehearsal(folder, of).ok).toBe(false)
    chmodSync(file(), 0o600)
    expect(readRehearsal(folder, of).ok).toBe(true)
    truncateSync(file(), recording.length - 300)
    expect(readRehearsal(folder, of).ok).toBe(false)
    await keepRehearsal(folder, of, readFileSync('test/renderer/recordings/tampered.jsonl', 'utf8'))
    expect(readRehearsal(folder, of)).toMatchObject({
      ok: false,
      error: { expected: 'a recording of signed', found: 'one of tampered' },
    })
    rmSync(file())
    symlinkSync(join(process.cwd(), 'test/renderer/recordings/signed.jsonl'), file())
    expect(readRehearsal(folder, of).ok).toBe(false)
  })

  it('is not kept in a folder that others may write', async () => {
    await keepRehearsal(folder, of, recording)
    chmodSync(join(folder, 'mine'), 0o777)
    expect((await keepRehearsal(folder, of, recording)).ok).toBe(false)
  })
})
