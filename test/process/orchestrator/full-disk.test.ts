import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EventLog, parseEventLog } from '../../../src/core/orchestrator/logs/event-log.ts'
import { Redactor } from '../../../src/core/process/redactor.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'
import { runIn } from '../../unit/orchestrator/scripted.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'full-disk-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('a run whose log cannot be written ends in order, at any pace, and says why', async () => {
  for (const pace of ['all', 'step'] as const) {
    const { run } = runIn(folder, { file: '/dev/full' })
    const state = await run.start(pace)
    expect(state).toMatchObject({ outcome: 'failed', ok: false, error: { code: 'run.log-unwritable' } })
    expect(state.error?.found).toContain('ENOSPC')
    expect(state.steps.filter(({ status }) => ['running', 'waiting'].includes(status.state))).toEqual([])
  }
})

it('a step in progress is cancelled when the log breaks', async () => {
  const { run } = runIn(folder, {
    file: '/dev/full',
    overrides: {
      preflight: ({ signal }) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve({ kind: 'passed', artifacts: [] })
          else signal.addEventListener('abort', () => resolve({ kind: 'passed', artifacts: [] }), { once: true })
        }),
    },
  })
  expect((await run.start()).error?.code).toBe('run.log-unwritable')
})

// A file system of its own takes root.
describe.skipIf(process.getuid?.() !== 0)('on a disk that fills up (needs root for a small one)', () => {
  beforeEach(() => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder]))
  afterEach(() => execFileSync('umount', [folder]))

  it('the log ends with its last complete line, and the events continue in memory', () => {
    const file = join(folder, 'events.jsonl')
    const log = new EventLog('r1', file, new Redactor())
    const steps = planFor(scenarios.signed, sandboxProfile)
    log.append({ type: 'run.planned', scenario: 'signed', profile: sandboxProfile, steps })
    log.append({ type: 'step.started', step: 'preflight' })
    const text = 'x'.repeat(1_000)
    for (let note = 0; note < 100; note += 1) log.append({ type: 'step.noted', step: 'preflight', text })
    expect(log.broken).toMatchObject({ code: 'run.log-unwritable', found: expect.stringContaining('ENOSPC') })
    const written = readFileSync(file, 'utf8')
    expect(written.endsWith('}\n')).toBe(true)
    const events = parseEventLog(written)
    expect(events).toEqual(log.events.slice(0, events.length))
    expect([events.length > 10, log.events.length]).toEqual([true, 102])
    expect(replay(log.events)).toEqual(log.state)
    // Space again: the file keeps what it has, and gets no gap.
    writeFileSync(join(folder, 'note'), '')
    log.append({ type: 'step.passed', step: 'preflight' })
    expect(readFileSync(file, 'utf8')).toBe(written)
    log.close()
  })
})
