import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseRecording,
  type ReadRecording,
  recordingBounds,
  writeRecording,
} from '../../../src/core/contract/recording.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'

const names = ['signed', 'unsigned', 'tampered', 'wrong-signer', 'one-leaf'] as const
const textOf = (name: string): string =>
  readFileSync(new URL(`../../renderer/recordings/${name}.jsonl`, import.meta.url), 'utf8')
const signed = textOf('signed')
const linesOf = (content: string): string[] => content.trimEnd().split('\n')
const withLine = (number: number, change: (line: string) => string): string =>
  linesOf(signed)
    .map((line, index) => (index === number - 1 ? change(line) : line))
    .join('\n')
    .concat('\n')
const read = (content: string): ReadRecording => {
  const recording = parseRecording(content)
  if (!recording.ok) throw new Error(JSON.stringify(recording.error))
  return recording.value
}
const refusal = (content: string) => {
  const recording = parseRecording(content)
  if (recording.ok) throw new Error('it was read')
  return recording.error
}

describe('a recording', () => {
  it.each(names)('of a real run is read completely: %s', (name) => {
    const recording = read(textOf(name))
    expect(recording.missing).toBeNull()
    expect(replay(recording.events)?.ok).toBe(true)
  })

  it.each(names)('is the same after it was written: %s', (name) => {
    const { missing, ...recording } = read(textOf(name))
    expect(missing).toBeNull()
    expect(parseRecording(writeRecording(recording))).toEqual({ ok: true, value: { ...recording, missing: null } })
  })

  it('keeps the lines of the tools, each after the event that it followed', () => {
    const recording = read(signed)
    const logs = [
      { after: 5, step: 'preflight', lines: ['one', '\u001b[31mtwo\u202e'] },
      { after: 5, step: 'preflight', lines: ['three'] },
      { after: recording.events.length, step: 'attest', lines: ['the last one'] },
    ] as const
    const written = writeRecording({ ...recording, logs })
    expect(read(written).logs).toEqual(logs)
    expect(linesOf(written)[6]).toBe(
      '{"type":"log","after":5,"step":"preflight","lines":["one","\\u001b[31mtwo\u202e"]}',
    )
  })
})

describe('a missing end is reported, and the rest is read', () => {
  it('of a file that was truncated in its last line', () => {
    const recording = read(signed.slice(0, -50))
    const last = linesOf(signed).length
    expect(recording.events).toHaveLength(last - 2)
    expect(recording.missing).toMatchObject({
      code: 'recording.cut-off',
      what: expect.stringContaining(`line ${last}`),
    })
  })

  it('of a run that was saved before its end', () => {
    const recording = read(linesOf(signed).slice(0, 20).join('\n'))
    expect(recording.events).toHaveLength(19)
    expect(recording.missing).toMatchObject({ code: 'recording.unfinished', found: '19 events without it' })
  })

  it('but nothing is missing where an editor added a byte order mark, blank lines or carriage returns', () => {
    const { events } = read(signed)
    for (const text of [`\uFEFF${signed}`, `${signed}\n`, `${signed}\r\n \n\n`, signed.replaceAll('\n', '\r\n')]) {
      const recording = read(text)
      expect(recording.events).toEqual(events)
      expect(recording.missing).toBeNull()
    }
  })

  it('but a file truncated in its beginning is refused', () => {
    expect(refusal(signed.slice(0, 50)).code).toBe('recording.none')
    expect(refusal(signed.slice(0, 300)).code).toBe('recording.cut-off')
    expect(refusal(`${linesOf(signed)[0]}\n`).code).toBe('recording.empty')
  })
})

describe('what this program did not write is refused, with the line', () => {
  it.each([
    ['nothing', '', 'recording.none'],
    ['a picture', '\u0089PNG\r\n\u001a\n\u0000\u0000', 'recording.none'],
    ['the event log of a run, without the header', linesOf(signed).slice(1).join('\n'), 'recording.none'],
    ['another format of this program', '{"format":"sigstore-attestor-recording","version":2}', 'recording.version'],
    ['a list', '[]', 'recording.none'],
  ])('%s', (_what, content, code) => {
    expect(refusal(content).code).toBe(code)
  })

  const changed = (key: string, value: unknown) => (line: string) =>
    JSON.stringify({ ...JSON.parse(line), [key]: value })
  it.each([
    ['a damaged line', (line: string) => line.slice(3), 'recording.damaged', 'line 21'],
    ['an empty line', () => '', 'recording.damaged', 'an empty line'],
    ['an unknown event', changed('type', 'step.dreamt'), 'recording.unknown-event', 'type "step.dreamt"'],
    ['an event of no type', changed('type', undefined), 'recording.unknown-event', 'no type'],
    ['a type that every object has', changed('type', 'constructor'), 'recording.unknown-event', 'constructor'],
    ['an event twice', (line: string) => `${line}\n${line}`, 'recording.cannot-follow', 'recorded before'],
    ['a gap', changed('seq', 22), 'recording.cannot-follow', 'event 22'],
    ['an event of another run', changed('runId', 'another'), 'recording.cannot-follow', 'run another'],
    ['a step that the scenario has not', changed('step', 'tamper'), 'recording.cannot-follow', 'tamper'],
    ['an unknown step', changed('step', 'lunch'), 'recording.wrong-field', 'lunch'],
    ['an unknown field', changed('more', 1), 'recording.wrong-field', 'more'],
    ['a day that is none', changed('at', '2026-13-45T99:99:99Z'), 'recording.wrong-field', '2026-13-45'],
    [
      'an argument that is none',
      changed('command', { argv: ['a', 7], byHand: true }),
      'recording.wrong-field',
      'argv.1',
    ],
  ])('%s', (_what, change, code, says) => {
    const error = refusal(withLine(21, change))
    expect(error.code).toBe(code)
    expect(`${error.what} ${error.expected} ${error.found}`).toContain(says)
    expect(`${error.what} ${error.expected}`).toMatch(/line 2[12]/i)
  })

  it.each([
    ['certificate.pem', 'signature', (artifact: string) => artifact.replace('"pem"', '"pam"')],
    ['logEntry.treeSize', 'signature', (artifact: string) => artifact.replace(/"treeSize":"\d+"/, '"treeSize":"-4"')],
    [
      'logEntry.treeSize',
      'signature',
      (artifact: string) => artifact.replace(/"treeSize":"\d+"/, `"treeSize":"${'9'.repeat(400)}"`),
    ],
    ['logEntry.leafHash', 'signature', (artifact: string) => artifact.replace(/"leafHash":"../, '"leafHash":"zz')],
    ['image.digest', 'attestation', (artifact: string) => artifact.replace(/"digest":"sha256:/, '"digest":"SHA256:')],
    ['decision.gates.0.verdict', 'attestation', (artifact: string) => artifact.replace('"passed"', '"splendid"')],
  ])('an artifact with a bad %s', (field, kind, change) => {
    const line = linesOf(signed).findIndex((each) => each.includes(`"kind":"${kind}"`)) + 1
    const error = refusal(withLine(line, change))
    expect(error).toMatchObject({
      code: 'recording.wrong-field',
      expected: expect.stringContaining(`line ${line}, artifact.${field}`),
    })
  })

  it('a plan that differs from its scenario\u2019s', () => {
    const error = refusal(withLine(2, (line) => line.replace('{"id":"preflight","skip":null},', '')))
    expect(error).toMatchObject({
      code: 'recording.other-plan',
      what: 'This recording was made by another version of this program.',
      found: expect.not.stringContaining('preflight'),
    })
    const { program } = JSON.parse(linesOf(signed)[0] ?? '')
    expect(error.found).toContain(`version ${program}`)
    expect(refusal(withLine(2, (line) => line.replace('"public":false', '"public":true'))).code).toBe(
      'recording.other-plan',
    )
    expect(refusal(withLine(1, (line) => line.replace('"signed"', '"unsigned"'))).code).toBe('recording.cannot-follow')
  })

  it('an artifact that its step does not produce', () => {
    const line = linesOf(signed).findIndex((each) => each.includes('"kind":"built-image"')) + 1
    expect(refusal(withLine(line, (each) => each.replace('"step":"build"', '"step":"push"')))).toMatchObject({
      code: 'recording.cannot-follow',
      found: 'built-image',
    })
  })

  it('log lines in another place', () => {
    const log = (after: number) => JSON.stringify({ type: 'log', after, step: 'build', lines: ['x'] })
    expect(read(withLine(21, (line) => `${line}\n${log(20)}`)).logs).toHaveLength(1)
    expect(refusal(withLine(21, (line) => `${line}\n${log(19)}`)).code).toBe('recording.cannot-follow')
    expect(refusal(withLine(1, (line) => `${line}\n${log(0)}`)).code).toBe('recording.cannot-follow')
  })

  it('more than a recording may hold', () => {
    expect(refusal('x'.repeat(recordingBounds.characters + 1)).code).toBe('recording.too-large')
    expect(refusal(withLine(3, (line) => `${line}${' '.repeat(recordingBounds.lineCharacters)}`)).code).toBe(
      'recording.damaged',
    )
    const log = JSON.stringify({ type: 'log', after: 1, step: 'build', lines: Array.from({ length: 1_000 }, () => '') })
    expect(refusal(withLine(2, (line) => `${line}\n${`${log}\n`.repeat(251)}`.trimEnd()))).toMatchObject({
      code: 'recording.too-large',
      expected: 'at most 250000 lines',
    })
  })
})

/** Every place in a value, as a path. */
const places = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inside]) => places(inside, [...path, key]))]
    : [path]
/** The value with something else at a place. */
const put = (value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown => {
  if (key === undefined) return other
  const entries = Object.entries(value as object).map(([each, inside]) => [
    each,
    each === key ? put(inside, rest, other) : inside,
  ])
  return Array.isArray(value) ? entries.map(([, inside]) => inside as unknown) : Object.fromEntries(entries)
}

describe('any damage to a file', { timeout: 30_000 }, () => {
  const holds = (content: string) => {
    const recording = parseRecording(content)
    if (!recording.ok) {
      expect(recording.error.code).toMatch(/^recording\./)
      expect(recording.error.remedy).not.toBe('')
      return
    }
    const { missing, ...whole } = recording.value
    expect(replay(whole.events)?.lastSeq).toBe(whole.events.length)
    const again = read(writeRecording(whole))
    // Compared as text: it is what is written, and it is many times faster.
    expect(JSON.stringify([again.events, again.logs])).toBe(JSON.stringify([whole.events, whole.logs]))
    if (missing === null) expect(again.missing).toBeNull()
  }
  const content = fc.constantFrom(...names.map(textOf))
  // Spread evenly, as fast-check's own numbers are not: they keep to the ends.
  const share = fc.noBias(fc.integer({ min: 0, max: 99_999 })).map((part) => part / 100_000)

  it('is accepted or refused: characters lost, changed or added', () => {
    const edit = fc.record({
      at: share,
      drop: fc.nat(400),
      add: fc.string({ maxLength: 5, unit: 'binary' }),
    })
    fc.assert(
      fc.property(content, fc.array(edit, { minLength: 1, maxLength: 3 }), (whole, edits) => {
        holds(
          edits.reduce((now, { at, drop, add }) => {
            const place = Math.floor(at * now.length)
            return now.slice(0, place) + add + now.slice(place + drop)
          }, whole),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('is accepted or refused: lines lost, doubled or moved', () => {
    fc.assert(
      fc.property(content, share, share, fc.constantFrom('drop', 'double', 'move'), (whole, from, to, how) => {
        const lines = linesOf(whole)
        const [line] = lines.splice(Math.floor(from * lines.length), how === 'double' ? 0 : 1)
        const taken = line ?? lines[Math.floor(from * lines.length)] ?? ''
        if (how !== 'drop') lines.splice(Math.floor(to * lines.length), 0, taken)
        holds(lines.join('\n'))
      }),
      { numRuns: 100 },
    )
  })

  it('is accepted or refused: any value in the place of any other', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '__proto__', '9'.repeat(400), '-1', 1e308, null, {}),
    )
    fc.assert(
      fc.property(content, share, share, value, (whole, at, inside, other) => {
        const lines = linesOf(whole)
        const index = Math.floor(at * lines.length)
        const line: unknown = JSON.parse(lines[index] ?? '')
        const all = places(line)
        lines[index] = JSON.stringify(put(line, all[Math.floor(inside * all.length)] ?? [], other))
        holds(lines.join('\n'))
      }),
      { numRuns: 300 },
    )
  })
})

it('accepts a verification for which the CT log could not be read', () => {
  const number = linesOf(signed).findIndex((line) => line.includes('"kind":"verification"')) + 1
  const without = withLine(number, (line) => {
    const event: { artifact: object } = JSON.parse(line)
    return JSON.stringify({ ...event, artifact: { ...event.artifact, ctLog: null } })
  })
  expect(read(without).missing).toBeNull()
})
