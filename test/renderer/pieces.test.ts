import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recompute } from '../../renderer/acts/log-entry/proof.ts'
import { place } from '../../renderer/kit/digest/ruler.tsx'
import { stripBars, stripBox } from '../../renderer/kit/digest/strip-geometry.ts'
import { bareValue, partsOf } from '../../renderer/kit/text/lit-parts.ts'
import { clock, commandText, seconds, shortHash, visible } from '../../renderer/kit/text/text.ts'
import { termParts, terms } from '../../renderer/state/terms.ts'
import { shownLine } from '../../src/core/domain/visible-text.ts'
import { artifactOf } from '../../src/core/workflow/reducer.ts'
import { recorded } from './recorded.ts'

describe('the digest strip', () => {
  const hex = `00ff${'7f'.repeat(30)}`

  it('has a bar for each byte, with the byte’s value as height, standing on one line', () => {
    const bars = stripBars(`sha256:${hex}`) ?? []
    expect(bars).toHaveLength(32)
    expect(bars[0]?.height).toBeGreaterThan(0)
    expect(bars[1]?.height).toBe(stripBox.height)
    expect(bars.every(({ y, height }) => Math.abs(y + height - stripBox.height) < 0.11)).toBe(true)
    expect(bars.at(-1)?.x).toBe(stripBox.width - stripBox.bar)
  })

  it('is the same for the same bytes, with and without the algorithm, and undefined for anything else', () => {
    expect(stripBars(hex)).toEqual(stripBars(`sha256:${hex}`))
    for (const text of ['', 'sha256:', hex.slice(1), hex.toUpperCase(), `sha512:${hex}`])
      expect(stripBars(text)).toBeUndefined()
  })
})

describe('a recomputed inclusion proof', () => {
  const entryOf = (name: string) => {
    const signature = artifactOf(recorded(name), 'signature')
    if (signature === undefined) throw new Error('no signature')
    return signature.logEntry
  }

  it.each(['signed', 'tampered', 'wrong-issuer', 'one-leaf'])('leads to the root of the checkpoint: %s', (name) => {
    expect(recompute(entryOf(name))).toMatchObject({ holds: true, root: entryOf(name).rootHash })
  })

  it('says which entries each given hash covers, and on which side they are', () => {
    const levels = recompute(entryOf('signed'))?.levels.map(({ side, covers }) => [side, ...covers])
    expect(levels).toEqual([
      ['left', 6, 7],
      ['left', 4, 6],
      ['left', 0, 4],
    ])
  })

  it('does not hold when a bit of the entry differs', () => {
    const entry = entryOf('signed')
    const other = entry.leafHash.startsWith('0') ? '1' : '0'
    expect(recompute({ ...entry, leafHash: `${other}${entry.leafHash.slice(1)}` })).toMatchObject({ holds: false })
  })

  it('is undefined when its hashes do not fit the size of the tree', () => {
    expect(recompute({ ...entryOf('signed'), treeSize: '9' })).toBeUndefined()
  })
})

describe('text of tools and of machines', () => {
  it('is shown with its control and bidi characters as text', () => {
    expect(visible('a\u001b[2Jb\u202ec\u0000\u0085')).toBe('a^[[2Jb⟨U+202E⟩c^@⟨U+0085⟩')
    expect(visible('tab\tand\nline stay, é too')).toBe('tab\tand\nline stay, é too')
  })

  it('loses its colours and nothing else', () => {
    expect(shownLine('\u001b[31mred\u001b[0m \u001b[2J')).toBe('red ^[[2J')
  })

  it('is shortened in the middle, and only where it is long', () => {
    expect(shortHash(`sha256:${'ab'.repeat(32)}`)).toBe('abababab…abababab')
    expect(shortHash('engineer')).toBe('engineer')
  })

  it('of a command can be pasted into a shell unchanged', () => {
    expect(commandText(['cosign', 'sign', "it's", '$(rm -rf /)', ''])).toBe("cosign sign 'it'\\''s' '$(rm -rf /)' ''")
  })

  it('of a time is short', () => {
    expect([clock(4_900), clock(65_040), seconds(340), seconds(12_300), seconds(3_610_000)]).toEqual([
      '00:04.9',
      '01:05.0',
      '0.3 s',
      '12 s',
      '60 min',
    ])
  })
})

it('a ruler holds a moment outside it slightly beyond its end', () => {
  const [from, to] = ['2026-11-21T10:00:00Z', '2026-11-21T10:10:00Z']
  expect(place('2026-11-21T10:05:00Z', from, to)).toBe(0.5)
  expect(place('2026-11-22T10:05:00Z', from, to)).toBe(1.08)
  expect(place('2026-11-21T09:59:59Z', from, to)).toBeLessThan(0)
})

describe('a highlighted value in a text', () => {
  const hash = 'ab'.repeat(32)
  const lit = (text: string, value: string) => partsOf(text, value).filter((part) => part.lit)

  it('is found wherever it occurs whole, and the pieces join to the text again', () => {
    const text = `sha256:${hash} is not demo/hello@sha256:${hash}.`
    expect(lit(text, bareValue(`sha256:${hash}`)).map(({ at }) => at)).toEqual([7, 7 + 64 + 26])
    expect(
      partsOf(text, hash)
        .map(({ piece }) => piece)
        .join(''),
    ).toBe(text)
  })

  it('is not found inside a longer word, nor when it is too short to mean anything', () => {
    expect(lit(`${hash}0`, hash)).toEqual([])
    expect(lit('process 12345 of 12345', '12345')).toEqual([])
    expect(lit('12345', '12345')).toHaveLength(1)
    expect(partsOf('', hash)).toEqual([{ at: 0, piece: '', lit: false }])
  })
})

describe('the terms', () => {
  const plain = (text: string): string => text.replaceAll(/[*`]/g, '').replaceAll('’', "'").trim()
  const glossary = new Map(
    readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8')
      .split('\n')
      .map((line) => /^\| \*\*(.+)\*\* \| (.+) \|$/.exec(line))
      .map((row) => [row?.[1] ?? '', plain(row?.[2] ?? '')]),
  )

  it.each(Object.entries(terms))('say what the glossary says: %s', (term, meaning) => {
    expect(plain(meaning)).toBe(glossary.get(term))
  })

  it('are found in a sentence once, as whole words, and the pieces join to the sentence again', () => {
    const text = 'An SVID, not SVIDs: the SVID of a gate.'
    const parts = termParts(text, ['gate', 'SVID'])
    expect(parts.filter(({ term }) => term !== null).map(({ at, term }) => [at, term])).toEqual([
      [3, 'SVID'],
      [34, 'gate'],
    ])
    expect(parts.map(({ piece }) => piece).join('')).toBe(text)
  })
})
