import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAt, loggedText, plainText } from '../../../src/core/process/log-text.ts'
import { mask, Redactor } from '../../../src/core/process/redactor.ts'

const redactor = new Redactor()
redactor.add('s3cret-t0ken')
const clean = (text: string): string => redactor.clean(text)

describe('a line in a log file', () => {
  it('keeps its colours, and no sequence that moves, erases or names a window', () => {
    expect(loggedText('\u001b[1;31mfailed\u001b[0m \u001b[2J\u001b]0;title\u0007now', clean)).toBe(
      '\u001b[1;31mfailed\u001b[0m now',
    )
  })

  it('loses colours that would hide a secret', () => {
    expect(loggedText('token s3cret-\u001b[32mt0ken\u001b[0m', clean)).toBe(`token ${mask}`)
    expect(loggedText('\u001b[1mtoken\u001b[0m s3cret-t0ken', clean)).toBe(`token ${mask}`)
    expect(plainText('token s3cret-\u001b[32mt0ken', clean)).toBe(`token ${mask}`)
  })

  it('never contains a secret, nor a sequence but colours, whatever surrounds it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\u001b',
        '\u001b[',
        '\u001b]',
        '\u001b[31m',
        '\u001b[0m',
        '\u009b',
        '\u0007',
        ';',
        'm',
        's3cret-',
        't0ken',
      ),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = loggedText(pieces.join(''), clean)
        const plain = text.replaceAll(/\u001b\[[0-9;:]*m/g, '')
        expect(plain).not.toContain('s3cret-t0ken')
        expect(plain).not.toMatch(/[\u001b\u0080-\u009f]/)
      }),
      { numRuns: 2_000 },
    )
  })
})

it('a line without an end is split between words, so that a secret at the edge stays whole', () => {
  const line = `${'x'.repeat(90)} s3cret-t0ken`
  expect(clean(line.slice(0, cutAt(line, 96)))).toBe(`${'x'.repeat(90)} `)
  expect(clean(line.slice(cutAt(line, 96)))).toBe(mask)
  expect(cutAt('y'.repeat(200), 96)).toBe(96)
})
