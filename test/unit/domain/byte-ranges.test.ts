import { expect, test } from 'vitest'
import { readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { derRanges } from '../../../src/core/domain/bytes/der-ranges.ts'
import { certificateShape, timestampShape } from '../../../src/core/domain/bytes/der-shapes.ts'
import { checkpointDocument, leafDocument, paeDocument } from '../../../src/core/domain/bytes/documents.ts'
import { jsonRanges } from '../../../src/core/domain/bytes/json-ranges.ts'
import { type ByteRange, pathTo } from '../../../src/core/domain/bytes/range.ts'
import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import { recorded } from '../../renderer/recorded.ts'

const signature = artifactOf(recorded('signed'), 'signature')
const facts = readBundleFacts(signature?.bundleJson ?? '')
if (!facts.ok) throw new Error('the recording has no bundle')
const { bytes } = facts.value

const at = (range: ByteRange | undefined, ...labels: readonly string[]): ByteRange => {
  const [first, ...rest] = labels
  if (range === undefined) throw new Error('nothing to look in')
  if (first === undefined) return range
  const part = range.parts.find(({ label }) => label === first)
  if (part === undefined) throw new Error(`${first} is not in ${range.parts.map(({ label }) => label).join(', ')}`)
  return at(part, ...rest)
}
const every = (range: ByteRange): readonly ByteRange[] => [range, ...range.parts.flatMap(every)]
const text = (of: Uint8Array, { start, end }: ByteRange): string => Buffer.from(of.subarray(start, end)).toString()

/** Each part lies in its whole, and after the part before it. */
const nested = (range: ByteRange): boolean =>
  range.parts.every(
    (part, index) =>
      part.start >= (range.parts[index - 1]?.end ?? range.start) && part.end <= range.end && nested(part),
  )

test('a certificate: every range lies in its whole and is labelled as RFC 5280 and Fulcio name it', () => {
  const ranges = derRanges(bytes.certificate, certificateShape)
  expect(ranges?.end).toBe(bytes.certificate.length)
  expect(ranges !== undefined && nested(ranges)).toBe(true)
  const signed = at(ranges, 'To be signed')
  expect(signed.parts.map(({ label }) => label)).toEqual([
    'Version',
    'Serial number',
    'Signature algorithm',
    'Issuer',
    'Validity',
    'Subject',
    'Public key',
    'Extensions',
  ])
  expect(at(signed, 'Serial number').value).toBe(signature?.certificate.serial.replace(/^00/, ''))
  expect(at(signed, 'Validity', 'Not before').value).toBe(signature?.certificate.notBefore)
  expect(at(signed, 'Extensions', 'List', 'Issuer (V2)').value).toBe(signature?.signer.issuer)
  expect(at(signed, 'Extensions', 'List', 'Subject alternative name').value).toContain(signature?.signer.subject)
  expect(at(signed, 'Public key', 'Key algorithm', 'Parameters').value).toBe('P-256, 1.2.840.10045.3.1.7')
  expect(at(ranges, 'Signature', 'ECDSA', 's').value).toMatch(/^[0-9a-f]{64,66}$/)
})

test('a timestamp: the time and the hash are at their places', () => {
  const [stamp = new Uint8Array()] = bytes.timestamps
  const ranges = derRanges(stamp, timestampShape)
  const info = at(ranges, 'Token', 'Content', 'Signed data', 'Encapsulated content', 'Content', 'Octets', 'TSTInfo')
  expect(at(info, 'Time of the timestamp').value).toBe(signature?.timestamp)
  expect(at(info, 'Message imprint', 'Hash algorithm', 'Algorithm').value).toContain('SHA-')
  expect(ranges !== undefined && nested(ranges)).toBe(true)
})

test('bytes that are no DER, cut off, or followed by others, have no ranges', () => {
  for (const wrong of [
    new Uint8Array(),
    Uint8Array.of(1, 2, 3),
    bytes.certificate.subarray(0, 300),
    Uint8Array.from([...bytes.certificate, 0]),
  ])
    expect(derRanges(wrong, certificateShape)).toBeUndefined()
})

test('any byte of a certificate that is flipped gives ranges in their wholes or none, and never throws', () => {
  for (let index = 0; index < bytes.certificate.length; index += 3) {
    const other = Uint8Array.from(bytes.certificate)
    other[index] = (other[index] ?? 0) ^ 0x41
    const ranges = derRanges(other, certificateShape)
    expect(ranges === undefined || every(ranges).every(({ start, end }) => start <= end)).toBe(true)
  }
})

test('JSON: the ranges count bytes, not characters', () => {
  const json = '{ "größe": [1, "ü🙂"], "b": {} }'
  const encoded = Buffer.from(json)
  const ranges = jsonRanges(json, 'all')
  expect(text(encoded, at(ranges, 'größe'))).toBe('"größe": [1, "ü🙂"]')
  expect(text(encoded, at(ranges, 'größe', '[1]'))).toBe('"ü🙂"')
  expect(at(ranges, 'b').value).toBe('empty')
  for (const wrong of ['', '{', '{"a":1,}', '{} x', '// a\n{}']) expect(jsonRanges(wrong, 'all')).toBeUndefined()
})

test('the PAE: type, lengths and payload are where DSSE puts them', () => {
  const { ranges, bytes: pae } = paeDocument(facts.value)
  expect(ranges.parts.map((part) => [part.label, text(pae, part).slice(0, 30)])).toEqual([
    ['Version', 'DSSEv1'],
    ['Length of the type', '28'],
    ['Type', 'application/vnd.in-toto+json'],
    ['Length of the payload', String(bytes.payload.length)],
    ['Payload, an in-toto statement', Buffer.from(bytes.payload).toString().slice(0, 30)],
  ])
})

test('a leaf begins with its zero byte; a checkpoint is read line by line', () => {
  const leaf = leafDocument(facts.value)
  expect(leaf.bytes[0]).toBe(0)
  expect(text(leaf.bytes, at(leaf.ranges, 'Entry, canonical JSON'))).toBe(facts.value.logEntry.canonicalizedBody)
  const checkpoint = checkpointDocument(facts.value.logEntry.checkpoint)
  expect(checkpoint.ranges.parts.map(({ label }) => label).slice(0, 3)).toEqual([
    'Origin: whose log',
    'Size: how many entries',
    'Root hash, base64',
  ])
  expect(checkpoint.ranges.parts.at(-1)?.label).toContain('Signature')
  expect(checkpoint.ranges.parts[1]?.value).toBe(facts.value.logEntry.treeSize)
})

test('the path to a byte leads from the whole to the innermost range', () => {
  const ranges = derRanges(bytes.certificate, certificateShape)
  const serial = at(ranges, 'To be signed', 'Serial number')
  const path = ranges === undefined ? [] : pathTo(ranges, serial.start + 3)
  expect(path.map(({ label }) => label)).toEqual(['Certificate', 'To be signed', 'Serial number'])
  expect(ranges === undefined ? null : pathTo(ranges, bytes.certificate.length)).toEqual([])
})
