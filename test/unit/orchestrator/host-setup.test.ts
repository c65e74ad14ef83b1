import { describe, expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { setupRows } from '../../../src/core/orchestrator/host/setup.ts'
import type { SetupEvent } from '../../../src/core/tools/setup/setup-event.ts'

const tool = { path: '/x', sha256: 'a'.repeat(64), trust: 'built here', source: 'Go build' } as const
const bytes = (done: number): SetupEvent => ({
  type: 'source.progress',
  program: 'cosign',
  progress: { kind: 'bytes', done, total: 4_000_000 },
})

describe('a row of the setup', () => {
  it('shows which source is tried, its progress, why it failed, the result, and since when', () => {
    let now = Date.parse('2026-11-21T12:00:00Z')
    const rows = setupRows(() => now)
    const shown = [
      { type: 'program.started', program: 'cosign', tools: ['cosign'] },
      { type: 'source.tried', program: 'cosign', source: 'release', detail: 'github.com' },
      bytes(1_000_000),
      { type: 'source.failed', program: 'cosign', source: 'release', why: 'no such name' },
      {
        type: 'program.ready',
        program: 'cosign',
        tools: [{ ...tool, id: 'cosign', version: '3.1.2' }],
        elapsedMs: 9,
        found: false,
      },
    ].map((event) => {
      now += 1_000
      return rows(event as SetupEvent)
    })
    expect(shown.map((row) => [row?.state, row?.detail])).toEqual([
      ['looking', 'not here yet'],
      ['working', 'release (github.com)'],
      ['working', 'release (github.com) · 1.0 MB of 4.0 MB'],
      ['working', 'release: no such name'],
      ['ready', 'cosign 3.1.2 · Go build'],
    ])
    expect(new Set(shown.map((row) => row?.since))).toEqual(new Set(['2026-11-21T12:00:01.000Z']))
  })

  it('stays for a cached copy that was not used, by the name of its file', () => {
    const path = '/cache/tools/spire-1/spire-agent'
    const row = setupRows()({ type: 'cache.rejected', program: 'spire', path, why: 'its bytes have changed' })
    expect(row).toMatchObject({ program: 'spire-agent in our cache', state: 'failed' })
    expect(row?.detail).toBe(`${path}: its bytes have changed. It will be replaced.`)
  })

  it('skips progress that comes faster than it can be read', () => {
    let now = 1_000_000
    const rows = setupRows(() => now)
    const shown = Array.from({ length: 1_000 }, (_, at) => {
      now += 1
      return rows(bytes(at * 1_000))
    }).filter((row) => row !== undefined)
    expect(shown.length).toBeLessThan(10)
    expect(shown.length).toBeGreaterThan(4)
  })

  it('names no version if a program of ours has only a hash of its sources', () => {
    const tools = [{ ...tool, id: 'workload', version: 'f3a9b2c1' } as const]
    const row = setupRows()({ type: 'program.ready', program: 'workload', tools, elapsedMs: 1, found: true })
    expect(row?.detail).toBe('workload · Go build')
  })

  it('carries the remedy when a program or the engine is unavailable', () => {
    const error = appError('tools.unavailable', 'It cannot be had.', 'Run apt-get install it.')
    const rows = setupRows()
    for (const event of [
      { type: 'program.failed', program: 'cosign', error },
      { type: 'machine.lacks', error },
    ] as const) {
      expect(rows(event)).toMatchObject({ state: 'failed', detail: 'It cannot be had. Run apt-get install it.' })
    }
  })
})
