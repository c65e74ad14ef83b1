import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseRecording } from '../../../src/core/contract/recording.ts'

const names = ['signed', 'unsigned', 'tampered', 'wrong-signer', 'one-leaf'] as const
const textOf = (name: string): string =>
  readFileSync(new URL(`../../renderer/recordings/${name}.jsonl`, import.meta.url), 'utf8')
const linesOf = (content: string): string[] => content.trimEnd().split('\n')
const read = (content: string) => {
  const recording = parseRecording(content)
  if (!recording.ok) throw new Error(JSON.stringify(recording.error))
  return recording.value
}
const refusal = (content: string) => {
  const recording = parseRecording(content)
  if (recording.ok) throw new Error('it was read')
  return recording.error
}

describe('a recording that contradicts itself is refused, with the line', () => {
  type Line = Record<string, unknown> & { readonly type?: string; readonly step?: string }
  /** The lines of a run after a change, with numbers in order again. */
  const changed = (name: string, change: (lines: Line[]) => Line[]): string => {
    const [header, ...lines] = linesOf(textOf(name)).map((line) => JSON.parse(line) as Line)
    const events = change(lines.filter(({ type }) => type !== 'log'))
    return [header, ...events.map((event, index) => ({ ...event, seq: index + 1 }))]
      .map((line) => JSON.stringify(line))
      .join('\n')
      .concat('\n')
  }
  const is = (type: string, step?: string) => (line: Line) =>
    line.type === type && (step === undefined || line.step === step)

  it('is accepted unchanged', () => {
    for (const name of names) expect(read(changed(name, (lines) => lines)).missing).toBeNull()
  })

  it.each<[string, string, (lines: Line[]) => Line[], RegExp, RegExp]>([
    [
      'no artifact at all',
      'signed',
      (lines) => lines.filter((line) => !is('step.produced')(line)),
      /before .* passes/,
      /nothing/,
    ],
    [
      'no step started',
      'signed',
      (lines) => lines.filter((line) => !is('step.started')(line)),
      /under way/,
      /which is/,
    ],
    [
      'something after its end',
      'signed',
      (lines) => [...lines, { ...lines.find(is('step.command-ran')), at: lines.at(-1)?.['at'] }],
      /nothing after the end/,
      /step\.command-ran/,
    ],
    [
      'a time that goes backwards',
      'signed',
      (lines) => lines.map((line, index) => (index === 20 ? { ...line, at: '2020-01-01T00:00:00.000Z' } : line)),
      /a time from 20/,
      /2020-01-01/,
    ],
    [
      'an SVID at its end that the attestation does not have',
      'tampered',
      (lines) =>
        lines.map((line) => (is('run.finished')(line) ? { ...line, outcome: 'svid', denial: null, ok: false } : line)),
      /denied/,
      /svid/,
    ],
    [
      'a success that is none',
      'signed',
      (lines) => lines.map((line) => (is('run.finished')(line) ? { ...line, ok: false } : line)),
      /ok: true/,
      /ok: false/,
    ],
    [
      'an attestation that passed without an SVID',
      'tampered',
      (lines) =>
        lines.map((line) =>
          is('step.refused', 'attest')(line) ? { ...line, type: 'step.passed', denial: undefined } : line,
        ),
      /a denial/,
      /opposite/,
    ],
    [
      'a step that is started twice',
      'signed',
      (lines) => lines.flatMap((line) => (is('step.started')(line) ? [line, line] : [line])),
      /can be started/,
      /running/,
    ],
    [
      'an end while a step is under way',
      'signed',
      (lines) => lines.filter((line) => !is('step.passed', 'attest')(line)),
      /the end of attest first/,
      /run\.finished/,
    ],
  ])('%s', (_, name, change, expected, found) => {
    const error = refusal(changed(name, change))
    expect(error).toMatchObject({ code: 'recording.cannot-follow', what: expect.stringMatching(/^Line \d+ of/) })
    expect(error.expected).toMatch(/^line \d+: /)
    expect(error.expected).toMatch(expected)
    expect(error.found).toMatch(found)
  })
})
