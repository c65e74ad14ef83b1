import { describe, expect, it } from 'vitest'
import { paintFor } from '../../../src/cli/story/paint.ts'
import { readableWidth, Thread } from '../../../src/cli/story/thread.ts'
import { StoryView } from '../../../src/cli/story/view.ts'
import { digestOf } from '../../../src/core/domain/oci/digest.ts'
import type { EventBody } from '../../../src/core/workflow/events.ts'
import { planFor } from '../../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../../src/core/workflow/profile.ts'
import { type RunState, reduce } from '../../../src/core/workflow/reducer.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'

const digest = digestOf(new TextEncoder().encode('image'))
const pushed = {
  kind: 'pushed-image',
  repository: 'localhost:5000/demo/hello',
  tag: 't',
  digest,
  imageId: digest,
  sizeBytes: 1,
} as const
const denial = {
  gate: 'signature',
  expected: `a signature of ${digest}`,
  found: 'no signature',
  remedy: 'Sign it.',
} as const
const planned: EventBody = {
  type: 'run.planned',
  scenario: 'unsigned',
  profile: sandboxProfile,
  steps: planFor(scenarios.unsigned, sandboxProfile),
}

/** Plays events to a view on a screen and returns what was written to the screen. */
function show(bodies: readonly EventBody[], isTTY = false): string {
  let written = ''
  const screen = { isTTY, write: (text: string) => (written += text) }
  const paint = paintFor(screen, { TERM: 'xterm' })
  const view = new StoryView(screen, new Thread(paint, 80), paint, 80)
  let state: RunState | null = null
  bodies.forEach((body, index) => {
    const event = { ...body, seq: index + 1, at: new Date(1000 * index).toISOString(), runId: 'r' }
    state = reduce(state, event)
    view.onEvent(event, state)
  })
  view.close()
  return written
}

describe('the story in a terminal', () => {
  const push: EventBody[] = [
    { type: 'step.started', step: 'push' },
    { type: 'step.command-ran', step: 'push', command: { argv: ['docker', 'push', 'a b'], byHand: true } },
    { type: 'step.produced', step: 'push', artifact: pushed },
    { type: 'step.passed', step: 'push' },
  ]

  it('shows a step once it has ended, with state, time, command and result', () => {
    const text = show([planned, ...push])
    expect(text).toMatch(/● Push the image +passed +3\.0 s\n/)
    expect(text).toContain("  │ $ docker push 'a b'\n  │   # equivalent command\n")
    expect(text).toContain(digest)
    expect(text.match(/Push the image/g)).toHaveLength(1)
  })

  it('explains a step where it first appears and not again', () => {
    const text = show([planned, ...push, ...push])
    expect(text.match(/The registry stores the image/g)).toHaveLength(1)
  })

  it('cuts the thread at a refusal and says what was expected, found, and how to fix it', () => {
    const text = show([
      planned,
      { type: 'step.started', step: 'attest' },
      { type: 'step.refused', step: 'attest', denial },
    ])
    expect(text).toMatch(/╳ Run the container and attest it +refused/)
    const below = text.slice(text.indexOf('╳'))
    expect(below).toContain('┊ The thread is cut at the gate "signature".')
    for (const line of ['expected', 'found           no signature', 'fix             Sign it.'])
      expect(below).toContain(line)
    expect(
      below
        .split('\n')
        .slice(1)
        .filter((line) => line.includes('│')),
    ).toEqual([])
  })

  it('names the reason for a skipped step, in its place', () => {
    const text = show([planned, { type: 'step.skipped', step: 'sign', reason: 'this image is left unsigned' }])
    expect(text).toMatch(/○ Sign the digest +left out\n {2}│ this image is left unsigned/)
  })

  it('keeps to 80 columns, except for what must be copied whole', () => {
    const text = show([planned, ...push, { type: 'step.refused', step: 'attest', denial }])
    const long = text.split('\n').filter((line) => line.length > 80)
    expect(long).toEqual([])
  })

  it('shows control characters of a tool without effect', () => {
    const error = { code: 'run.x', what: 'bad \u001b[2J\u202eword', remedy: 'r' } as const
    const text = show([planned, { type: 'step.failed', step: 'build', error }])
    expect(text).toContain('bad \\u001b[2J\\u202eword')
    expect(text).not.toContain('\u001b')
  })

  it('redraws what is in progress on a terminal, and leaves nothing half-drawn', () => {
    const text = show(
      [
        planned,
        { type: 'step.started', step: 'sign' },
        { type: 'step.waited', step: 'sign', what: 'the login', until: null },
      ],
      true,
    )
    expect(text).toContain('the login')
    expect(text.endsWith('\u001b[0J')).toBe(true)
    const drawn = text.split('Sign the digest').length - 1
    const erased = text.split('\u001b[0J').length - 1
    expect(erased).toBe(drawn)
  })

  it.each([
    ['svid', true, 'The workload has its identity', 'as expected'],
    ['denied', true, 'No identity for this container', 'as expected'],
    ['denied', false, 'No identity for this container', 'NOT expected'],
    ['failed', false, 'The story has no end', 'expected denied'],
    ['cancelled', false, 'The story has no end', 'cancelled'],
  ] as const)('ends %s (%s) with a sentence that says what has become true', (outcome, ok, sentence, word) => {
    const text = show([planned, { type: 'run.finished', outcome, ok, denial: null, error: null }])
    expect(text).toMatch(new RegExp(`${sentence} +${word}`))
  })
})

it.each([
  [undefined, 80],
  [0, 80],
  [20, 60],
  [120, 100],
])('a terminal of %s columns is written to in %s', (columns, width) => {
  expect(readableWidth(columns)).toBe(width)
})
