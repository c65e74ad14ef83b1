import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ansiRuns, markedRuns } from '../../renderer/log-panel/ansi.ts'
import { finder, shownLine } from '../../src/core/domain/visible-text.ts'
import { contrast, tokensOf } from './tokens.ts'

const esc = '\u001b['
const drawn = (line: string) => ansiRuns(line).map(({ text, className }) => [text, className])

describe('colours of a log', () => {
  it.each([
    [
      `${esc}31mred${esc}0m plain`,
      [
        ['red', 'ansi-red'],
        [' plain', ''],
      ],
    ],
    [`${esc}92mbright${esc}39m`, [['bright', 'ansi-green']]],
    [
      `${esc}1;4;35mall${esc}22;24m less`,
      [
        ['all', 'ansi-bold ansi-underline ansi-magenta'],
        [' less', 'ansi-magenta'],
      ],
    ],
    [`${esc}2mdim`, [['dim', 'ansi-dim']]],
    [
      `${esc}7minverse${esc}27mnot`,
      [
        ['inverse', 'ansi-on-white'],
        ['not', ''],
      ],
    ],
    [`${esc}31;7minverse`, [['inverse', 'ansi-on-red']]],
    [`${esc}30;44mon blue`, [['on blue', 'ansi-on-blue']]],
    [
      `${esc}30mblack${esc}97mwhite`,
      [
        ['black', 'ansi-grey'],
        ['white', 'ansi-white'],
      ],
    ],
    [`${esc}38;5;208morange`, [['orange', 'ansi-yellow']]],
    [`${esc}38;5;21;1mblue`, [['blue', 'ansi-bold ansi-blue']]],
    [
      `${esc}38;5;240mgrey${esc}48;5;196mon red`,
      [
        ['grey', 'ansi-grey'],
        ['on red', 'ansi-on-red'],
      ],
    ],
    [`${esc}38;2;0;200;190mcyan`, [['cyan', 'ansi-cyan']]],
    [`${esc}38:2::250:10:10mred${esc}4:0m`, [['red', 'ansi-red']]],
    [`${esc}38:5:46mgreen`, [['green', 'ansi-green']]],
    [`${esc}mnothing${esc}99;;5;m`, [['nothing', '']]],
    [`${esc}38;5;999mno such${esc}38;2;999;0;0m colour`, [['no such colour', '']]],
  ])('%j', (line, expected) => {
    expect(drawn(line)).toEqual(expected)
  })

  it('applies no other control character, and hides none', () => {
    expect(drawn(`a${esc}2Jb\u0007\u202ec\u200b${esc}?25h`)).toEqual([
      ['a', ''],
      ['^[', 'ansi-control'],
      ['[2Jb', ''],
      ['^G⟨U+202E⟩', 'ansi-control'],
      ['c', ''],
      ['⟨U+200B⟩^[', 'ansi-control'],
      ['[?25h', ''],
    ])
  })

  it('draws exactly what a line shows, in a bounded number of runs', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', esc, '\u001b', '0', '38;5;', ';', ':', 'm', '\u202e', 'é', '🙂'),
    })
    fc.assert(
      fc.property(text, text, (line, wanted) => {
        const runs = ansiRuns(line)
        expect(runs.map((run) => run.text).join('')).toBe(shownLine(line))
        if (wanted === '') return
        const marked = markedRuns(runs, finder(wanted))
        expect(marked.map((run) => run.text).join('')).toBe(shownLine(line))
        const found = marked.filter((run) => run.found).map((run) => run.text)
        expect(found.join('')).toBe([...shownLine(line).matchAll(finder(wanted))].map(([each]) => each).join(''))
      }),
    )
    const hostile = Array.from({ length: 2_000 }, (_, at) => `${esc}${31 + (at % 6)}m${at}\u0000`).join('')
    expect(ansiRuns(hostile)).toHaveLength(201)
    expect(
      ansiRuns(hostile)
        .map((run) => run.text)
        .join(''),
    ).toBe(shownLine(hostile))
    expect(markedRuns(ansiRuns('ab'.repeat(5_000)), finder('a')).length).toBeLessThan(300)
  })

  it('marks matches across colours, ignoring case', () => {
    expect(markedRuns(ansiRuns(`the ${esc}31mRe${esc}0mkor log`), finder('rEKOR'))).toEqual([
      { text: 'the ', className: '', found: false },
      { text: 'Re', className: 'ansi-red', found: true },
      { text: 'kor', className: '', found: true },
      { text: ' log', className: '', found: false },
    ])
  })
})

describe.each(['light', 'dark', 'projector'])('the colours of a log in the theme %s', (theme) => {
  const tokens = tokensOf(theme, 'styles/tokens.css')
  const own = tokensOf(theme, 'log-panel/ansi.css')
  const colour = (name: string): string => own.get(name) ?? tokens.get(name) ?? 'none'
  const names = ['ansi-red', 'ansi-green', 'ansi-yellow', 'ansi-blue', 'ansi-magenta', 'ansi-cyan']

  it('are all stated, and used', () => {
    expect([...own.keys()]).toEqual(names)
    const css = readFileSync(new URL('../../renderer/log-panel/ansi.css', import.meta.url), 'utf8')
    for (const hue of ['grey', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'])
      expect(css).toMatch(new RegExp(`\\.ansi-${hue} \\{[^]*\\.ansi-on-${hue} \\{`))
  })

  it.each(names)('%s is readable on the sheet and on a marked line, and the sheet on it', (name) => {
    expect(contrast(colour(name), colour('sheet'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(colour(name), colour('paper'))).toBeGreaterThanOrEqual(4.5)
  })

  it('ink is readable on a match', () => {
    expect(contrast(colour('ink'), colour('rule'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(colour('paper'), colour('ink'))).toBeGreaterThanOrEqual(4.5)
  })
})
