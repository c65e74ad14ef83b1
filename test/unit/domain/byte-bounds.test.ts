import { expect, test } from 'vitest'
import { derContents, derRanges } from '../../../src/core/domain/bytes/der-ranges.ts'
import { certificateShape } from '../../../src/core/domain/bytes/der-shapes.ts'
import { derDocument, jsonDocument } from '../../../src/core/domain/bytes/documents.ts'
import { jsonRanges } from '../../../src/core/domain/bytes/json-ranges.ts'
import { mostRanges } from '../../../src/core/domain/bytes/range.ts'

const named = { title: 'x', says: 'y' }
const json = (text: string) => jsonDocument(named, text)
const many = (count: number): string => `[${Array.from({ length: count - 1 }, () => 1).join()}]`

test('JSON that is nested too deeply, or has too many values, is one range that says so', () => {
  for (const text of [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, '{"a":'.repeat(500_000), many(mostRanges + 1)]) {
    expect(json(text).ranges).toMatchObject({ label: 'not JSON, or too much of it to be taken apart', parts: [] })
    expect(json(text).ranges.end).toBe(text.length)
  }
  expect(json(many(mostRanges)).ranges.parts).toHaveLength(mostRanges - 1)
  // Brackets in a string are no nesting.
  expect(json(`["${'['.repeat(1_000)}"]`).form).toBe('JSON')
})

test('a wide string of an odd length is no DER', () => {
  // UniversalString has four bytes a character, BMPString two.
  for (const tag of [28, 30]) {
    const der = Uint8Array.of(0x30, 3, tag, 1, 65)
    expect([derRanges(der, certificateShape), derContents(der)]).toEqual([undefined, undefined])
  }
})

test('an offset in UTF-8 is found without reading the text again for each value', () => {
  const values = Array.from({ length: mostRanges - 1 }, () => '"é€\u{1f511}"')
  const text = `[${values.join()}]`
  const ranges = jsonRanges(text, 'x')
  expect(ranges?.end).toBe(Buffer.byteLength(text))
  const last = ranges?.parts.at(-1)
  expect(Buffer.from(text).subarray(last?.start, last?.end).toString()).toBe('"é€\u{1f511}"')
})

test('DER of too many elements, or nested too deeply, is one range that says so', () => {
  const nulls = Uint8Array.from({ length: 2 * mostRanges }, (_, at) => (at % 2 === 0 ? 5 : 0))
  const whole = Uint8Array.from([0x30, 0x82, nulls.length >> 8, nulls.length & 0xff, ...nulls])
  expect(derRanges(whole, certificateShape)).toBeUndefined()
  const deep = Uint8Array.from({ length: 20_000 }, (_, at) => (at % 2 === 0 ? 0x30 : 0x80))
  for (const bytes of [whole, deep, new Uint8Array()])
    expect(derDocument(named, bytes, certificateShape).ranges).toEqual({
      label: 'not DER, or too much of it to be taken apart',
      value: null,
      start: 0,
      end: bytes.length,
      parts: [],
    })
})
