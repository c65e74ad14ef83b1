import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseTalk } from '../../../src/core/workflow/talk/parse.ts'
import { stopsOf } from '../../../src/core/workflow/talk/position.ts'
import { publishedTalkSchema, talkBounds } from '../../../src/core/workflow/talk/schema.ts'

const good = {
  title: 'A talk',
  minutes: 5,
  parts: [{ scenario: 'signed', stops: [{ act: 'attest', minutes: 1, notes: 'Say this.' }] }],
}

const refusal = (talk: unknown) => {
  const read = parseTalk(typeof talk === 'string' ? talk : JSON.stringify(talk), 'mine.json')
  return read.ok ? undefined : read.error
}
const withStop = (stop: object, scenario = 'signed') => ({
  ...good,
  parts: [{ scenario, stops: [{ act: 'attest', minutes: 1, ...stop }] }],
})

describe('a talk', () => {
  it('has a published schema', async () => {
    const text = `${JSON.stringify(publishedTalkSchema(), undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../assets/talks/talk.schema.json')
  })

  it.each(['ten-minutes', 'twenty-five-minutes'])(
    'ships: %s fills its time, and says something at every stop',
    (name) => {
      const talk = parseTalk(readFileSync(`assets/talks/${name}.json`, 'utf8'), name)
      if (!talk.ok) throw new Error(JSON.stringify(talk.error))
      const stops = stopsOf(talk.value)
      const planned = stops.reduce((sum, { minutes }) => sum + minutes, 0)
      expect(planned).toBeLessThanOrEqual(talk.value.minutes)
      expect(planned).toBeGreaterThan(talk.value.minutes - 2)
      expect(stops.filter(({ notes }) => notes.length < 100)).toEqual([])
    },
  )

  it('is read with its defaults, also with a byte order mark', () => {
    expect(parseTalk(`\uFEFF${JSON.stringify(good)}`, 'mine.json')).toMatchObject({
      ok: true,
      value: { parts: [{ stops: [{ depth: 'story', notes: 'Say this.' }] }] },
    })
  })

  it('is refused with the place and what is known there: unknown acts, scenarios, keys', () => {
    expect(refusal(withStop({ act: 'sing' }))?.found).toContain('parts.0.stops.0.act: not an act; there are preflight')
    expect(refusal(withStop({}, 'sigend'))?.found).toContain('parts.0.scenario: not a scenario; there are signed')
    expect(refusal(withStop({ note: 'x' }))?.found).toContain('note: this key is not known. Is "notes" meant?')
    expect(refusal(withStop({ depth: 'deep' }))?.found).toContain('parts.0.stops.0.depth')
  })

  it('predicts only where there is a verdict', () => {
    expect(refusal(withStop({ predict: true }))).toBeUndefined()
    expect(refusal(withStop({ act: 'build', predict: true }))?.found).toContain('only the act attest has a verdict')
    expect(refusal(withStop({ predict: 'yes' }))?.found).toContain('parts.0.stops.0.predict')
  })

  it('is refused with what to change, as a person counts', () => {
    expect(refusal(withStop({ act: 'sing', note: 'x' }))?.remedy).toBe(
      'In mine.json, change the act of part 1, stop 1, the note of part 1, stop 1.',
    )
    expect(refusal({ ...good, minutes: 0, parts: [] })?.remedy).toBe('In mine.json, change minutes, parts.')
    expect(refusal(withStop({ act: 'tamper' }))?.remedy).toBe('In mine.json, change part 1.')
    expect(refusal('no JSON')?.remedy).toBe('In mine.json, make it a JSON object.')
    expect(refusal('[]')?.remedy).toBe('In mine.json, change what “found” names.')
  })

  it('is refused where a scenario has no such act, and accepted where it has', () => {
    expect(refusal(withStop({ act: 'tamper' }))?.found).toContain('does not occur in this scenario')
    expect(refusal(withStop({ act: 'certificate' }, 'unsigned'))?.found).toContain('does not occur in this scenario')
    expect(refusal(withStop({ act: 'tamper' }, 'tampered'))).toBeUndefined()
    expect(refusal(withStop({ act: 'consent' }))).toBeUndefined()
  })

  it('is refused when it is too much: notes of a megabyte, a file of a megabyte, too many stops', () => {
    const long = 'x'.repeat(1024 * 1024)
    expect(refusal(withStop({ notes: long }))?.found).toBe(
      `${JSON.stringify(withStop({ notes: long })).length} characters`,
    )
    expect(refusal(withStop({ notes: 'x'.repeat(talkBounds.notes + 1) }))?.found).toContain('parts.0.stops.0.notes')
    const stops = Array.from({ length: talkBounds.stops + 1 }, () => ({ act: 'attest', minutes: 1 }))
    expect(refusal({ ...good, parts: [{ scenario: 'signed', stops }] })?.found).toContain('parts.0.stops')
  })

  it('is refused when it is no talk: other JSON, duplicate keys, other encodings, nothing', () => {
    expect(refusal('{"title":"a","title":"b"}')?.found).toBe('a key that the same object has twice, in line 1')
    expect(refusal('{"format":"sigstore-attestor-recording","version":1}')?.found).toContain(
      'format: this key is not known',
    )
    expect(refusal(Buffer.from(JSON.stringify(good), 'utf16le').toString('utf8'))?.found).toContain('UTF-8')
    for (const other of ['', '[]', 'null', '1', '"talk"', '{'])
      expect(refusal(other)?.what).toBe('This talk is not accepted.')
    expect(refusal({ ...good, parts: [] })?.found).toContain('parts')
    expect(refusal({ ...good, minutes: 0 })?.found).toContain('minutes')
    for (const title of ['', '   ', '\n\t']) expect(refusal({ ...good, title })?.found).toContain('title')
  })
})
