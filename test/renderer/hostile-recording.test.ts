import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { ActView } from '../../renderer/acts/act-view.tsx'
import { headlineOf } from '../../renderer/acts/headline.ts'
import { Rail } from '../../renderer/app/frame/rail.tsx'
import { ThreadColumn } from '../../renderer/app/frame/thread-column.tsx'
import { LitValues } from '../../renderer/kit/text/lit.tsx'
import { actsOf } from '../../renderer/state/acts.ts'
import { parseRecording } from '../../src/core/contract/recording.ts'
import { depths } from '../../src/core/workflow/acts.ts'
import { type RunState, replay } from '../../src/core/workflow/reducer.ts'

const names = ['signed', 'tampered', 'wrong-signer', 'unsigned'] as const
const lines = new Map(
  names.map((name) => [
    name,
    readFileSync(new URL(`recordings/${name}.jsonl`, import.meta.url), 'utf8')
      .trimEnd()
      .split('\n'),
  ]),
)

const nasty: readonly unknown[] = [
  '',
  '0',
  '1',
  '-1',
  '999999999999999',
  '00',
  'a'.repeat(64),
  `sha256:${'0'.repeat(64)}`,
  '{}',
  '[]',
  'null',
  '<b>',
  '2026-02-29T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '-----BEGIN CERTIFICATE-----\nAAAA\n',
  '\u202e\u0000\u001b[2J',
  'x'.repeat(20_000),
  'passed',
  'failed',
  'signer',
  'none',
  0,
  1,
  2 ** 53,
  true,
  false,
  null,
]

/** Draws every page of a run, with the rail and the thread, as React does. */
function draw(run: RunState): number {
  const now = Date.parse(run.startedAt) + 5_000
  const nothing = () => undefined
  const pages = actsOf(run).flatMap((act) => {
    headlineOf(run, act)
    return depths.map((depth) =>
      createElement(ActView, {
        key: `${act.id} ${depth}`,
        run,
        act,
        depth,
        services: [],
        now: new Date(now).toISOString(),
        onAnswerLogin: null,
        onUseSandbox: null,
        onShow: nothing,
      }),
    )
  })
  return renderToString(
    createElement(
      LitValues,
      null,
      createElement(Rail, { run, current: 'map', now, onShow: nothing }),
      createElement(ThreadColumn, { run, onShow: nothing }),
      ...pages,
    ),
  ).length
}

/** Every leaf value inside a value, as a path. */
const leaves = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inside]) => leaves(inside, [...path, key]))
    : [path]
function put(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other
  if (Array.isArray(value)) return value.map((inside, at) => (String(at) === key ? put(inside, rest, other) : inside))
  return Object.fromEntries(
    Object.entries(value as object).map(([each, inside]) => [each, each === key ? put(inside, rest, other) : inside]),
  )
}

describe('an accepted recording', { timeout: 120_000 }, () => {
  it.each(names)('can be drawn: %s', (name) => {
    const recording = parseRecording(lines.get(name)?.join('\n') ?? '')
    const run = recording.ok ? replay(recording.value.events) : null
    expect(run === null ? 0 : draw(run)).toBeGreaterThan(10_000)
  })

  it('can be drawn whatever its artifacts contain', () => {
    // Spread evenly, as fast-check's own numbers are not: they keep to the ends.
    const share = fc.noBias(fc.integer({ min: 0, max: 99_999 })).map((part) => part / 100_000)
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...nasty))
    let accepted = 0
    fc.assert(
      fc.property(fc.constantFrom(...names), share, share, value, (name, at, inside, other) => {
        const all = [...(lines.get(name) ?? [])]
        const artifacts = all.flatMap((line, index) => (line.includes('"artifact"') ? [index] : []))
        const index = artifacts[Math.floor(at * artifacts.length)] ?? 0
        const event: unknown = JSON.parse(all[index] ?? '')
        const places = leaves(event)
        all[index] = JSON.stringify(put(event, places[Math.floor(inside * places.length)] ?? [], other))
        const recording = parseRecording(all.join('\n'))
        const run = recording.ok ? replay(recording.value.events) : null
        if (run === null) return
        accepted++
        expect(draw(run)).toBeGreaterThan(10_000)
      }),
      { numRuns: 120 },
    )
    // Else it would have drawn nothing.
    expect(accepted).toBeGreaterThan(20)
  })
})
