import { describe, expect, test } from 'vitest'
import { afterEvent, lastingText, rowText, type SetupState, summaryText } from '../../../src/cli/setup/setup-state.ts'
import { type Screen, setupView } from '../../../src/cli/setup/setup-view.ts'
import type { SetupEvent } from '../../../src/core/tools/setup/setup-event.ts'
import { progressText } from '../../../src/core/tools/setup/setup-words.ts'
import type { ResolvedTool } from '../../../src/core/tools/tool.ts'

const cosign: ResolvedTool = {
  id: 'cosign',
  path: '/cache/cosign',
  version: '3.1.2',
  source: 'Go build',
  sha256: 'a'.repeat(64),
  trust: 'It was built here.',
}
const started: SetupEvent = { type: 'program.started', program: 'cosign', tools: ['cosign'] }
const tried: SetupEvent = { type: 'source.tried', program: 'cosign', source: 'Go build', detail: 'assets/tools/cosign' }
const compiling: SetupEvent = {
  type: 'source.progress',
  program: 'cosign',
  progress: { kind: 'packages', done: 412, atMost: 1764 },
}
const failed: SetupEvent = { type: 'source.failed', program: 'cosign', source: 'release', why: 'no such name' }
const ready: SetupEvent = {
  type: 'program.ready',
  program: 'cosign',
  tools: [cosign],
  elapsedMs: 129_400,
  found: false,
}

const after = (...events: SetupEvent[]): SetupState =>
  events.reduce((state, event) => afterEvent(state, event, 1000), [] as SetupState)

describe('the setup as rows', () => {
  test('shows which program, which source, its progress and time', () => {
    const [row] = after(started, tried, compiling)
    expect(row && rowText(row, 73_000)).toBe(
      'cosign             Go build (assets/tools/cosign)  412 packages compiled, of 1,764 at most  1:12',
    )
  })

  test('drops the progress of a source that failed when the next is tried', () => {
    const bytes: SetupEvent = {
      type: 'source.progress',
      program: 'cosign',
      progress: { kind: 'bytes', done: 1, total: 2 },
    }
    expect(after(started, bytes, failed, tried)[0]?.progress).toBeUndefined()
  })

  test('has no row for what is ready', () => {
    expect(after(started, tried, compiling, ready)).toEqual([])
  })

  test('never invents a fraction without a known length', () => {
    expect(progressText({ kind: 'bytes', done: 1_500_000, total: undefined })).toBe('1.5 MB')
    expect(progressText({ kind: 'doing', what: 'linking' })).toBe('linking')
  })

  test('in one line show what is in progress in full and what waits by name', () => {
    const second: SetupEvent[] = [
      { ...started, program: 'spire', tools: ['spire-agent', 'spire-server'] },
      { type: 'source.progress', program: 'spire', progress: { kind: 'waiting', what: 'compiled after the others' } },
    ]
    expect(summaryText(after(started, tried, compiling, ...second), 1000)).toBe(
      'cosign Go build (assets/tools/cosign) 412 packages compiled, of 1,764 at most 0:00; waiting: spire',
    )
  })

  test('leave a line for a failed source and for a program that was made, none for an existing one', () => {
    expect(lastingText(failed)).toContain('release: no such name')
    expect(lastingText(ready)).toContain('cosign 3.1.2  Go build  2:09')
    expect(lastingText({ ...ready, found: true })).toBeUndefined()
  })
})

/** A screen that keeps what was written. */
function paper(facts: Partial<Screen>): Screen & { readonly text: () => string } {
  const written: string[] = []
  return { write: (text) => written.push(text), text: () => written.join(''), ...facts }
}

describe('the setup on a screen', () => {
  test('that is not a terminal is plain lines: no escape sequences, no line for each step', () => {
    const screen = paper({})
    const view = setupView(screen, {})
    for (const event of [started, tried, failed, ...Array.from({ length: 500 }, () => compiling), ready])
      view.report(event)
    view.close()
    expect(screen.text()).not.toContain('\u001b')
    expect(screen.text().split('\n')).toHaveLength(3)
  })

  test('that is a terminal removes its live rows at the end', () => {
    const screen = paper({ isTTY: true, columns: 60 })
    const view = setupView(screen, { NO_COLOR: '1' })
    for (const event of [started, tried, compiling, failed]) view.report(event)
    expect(screen.text()).toContain('cosign             Go build')
    view.close()
    expect(screen.text()).toMatch(/\u001b\[1A\u001b\[J$/)
    expect(screen.text()).not.toMatch(/\u001b\[[0-9;]*m/)
  })

  test('shows control characters of a foreign program without effect', () => {
    const screen = paper({})
    const view = setupView(screen, {})
    view.report({ ...failed, why: 'evil \u001b[2J' })
    view.close()
    expect(screen.text()).toContain('evil \\u001b[2J')
  })
})
