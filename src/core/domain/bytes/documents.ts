import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { SignatureFacts } from '../bundle/bundle.ts'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { derOfPem } from '../certificates/pem.ts'
import { derRanges } from './der-ranges.ts'
import { certificateShape, type DerShape, signatureShape, timestampShape } from './der-shapes.ts'
import { jsonRanges } from './json-ranges.ts'
import { type ByteRange, movedBy } from './range.ts'

/** Data as it was read or sent, and what each range of it is. */
export interface ByteDocument {
  readonly title: string
  /** Where the bytes are from. */
  readonly says: string
  readonly form: 'JSON' | 'DER' | 'text' | 'bytes'
  readonly bytes: Uint8Array
  readonly ranges: ByteRange
}

interface Named {
  readonly title: string
  readonly says: string
}

/** A range without parts. */
const leaf = (label: string, start: number, end: number, value: string | null = null): ByteRange => ({
  label,
  value,
  start,
  end,
  parts: [],
})

const orTooMuch = 'or too much of it to be taken apart'

/** DER of a known structure. Bytes that are something else are one range. */
export function derDocument(named: Named, bytes: Uint8Array, shape: DerShape): ByteDocument {
  const ranges = derRanges(bytes, shape)
  return ranges === undefined
    ? { ...named, form: 'bytes', bytes, ranges: leaf(`not DER, ${orTooMuch}`, 0, bytes.length) }
    : { ...named, form: 'DER', bytes, ranges }
}

/** A certificate in DER. */
export const certificateDocument = (named: Named, der: Uint8Array): ByteDocument =>
  derDocument(named, der, certificateShape)

/** A certificate in PEM, shown as the DER in it; none where there is no PEM. */
export function pemDocument(named: Named, pem: string): readonly ByteDocument[] {
  const der = derOfPem(pem)
  return der === undefined ? [] : [certificateDocument(named, der)]
}

/** A JSON text. What is something else is one range. */
export function jsonDocument(named: Named, text: string): ByteDocument {
  const bytes = utf8ToBytes(text)
  const ranges = jsonRanges(text, named.title)
  return ranges === undefined
    ? { ...named, form: 'text', bytes, ranges: leaf(`not JSON, ${orTooMuch}`, 0, bytes.length) }
    : { ...named, form: 'JSON', bytes, ranges }
}

/** An artifact as its run's event log holds it. */
export const artifactDocument = (artifact: { readonly kind: string }): ByteDocument =>
  jsonDocument(
    { title: artifact.kind.replaceAll('-', ' '), says: 'the artifact in the event log of this run' },
    JSON.stringify(artifact, null, 2),
  )

/** DSSE's pre-authentication encoding: what the signature covers. */
export function paeDocument({ bytes: { signed, payloadType, payload } }: SignatureFacts): ByteDocument {
  const named = { title: 'PAE', says: 'what the signature covers: type and length put before the payload' }
  const payloadText = jsonRanges(textOfUtf8(payload) ?? '', 'Payload, an in-toto statement')
  const from = signed.length - payload.length
  const typeFrom = `DSSEv1 ${utf8ToBytes(payloadType).length} `.length
  const typeEnd = typeFrom + utf8ToBytes(payloadType).length
  const body = payloadText === undefined ? leaf('Payload', from, signed.length) : movedBy(payloadText, from)
  return {
    ...named,
    form: 'bytes',
    bytes: signed,
    ranges: {
      ...leaf('PAE', 0, signed.length),
      parts: [
        leaf('Version', 0, 6, 'DSSEv1'),
        leaf('Length of the type', 7, typeFrom - 1, String(typeEnd - typeFrom)),
        leaf('Type', typeFrom, typeEnd, payloadType),
        leaf('Length of the payload', typeEnd + 1, from - 1, String(payload.length)),
        body,
      ],
    },
  }
}

/** A log entry as the tree hashes it: a zero byte, then the entry. */
export function leafDocument({ logEntry: { canonicalizedBody } }: SignatureFacts): ByteDocument {
  const entry = utf8ToBytes(canonicalizedBody)
  const bytes = concatBytes(Uint8Array.of(0), entry)
  const body = jsonRanges(canonicalizedBody, 'Entry, canonical JSON')
  return {
    title: 'log entry',
    says: 'the leaf of the tree: SHA-256 of these bytes is the leaf’s hash',
    form: 'bytes',
    bytes,
    ranges: {
      ...leaf('Leaf', 0, bytes.length),
      parts: [leaf('Marks a leaf', 0, 1, '00'), body === undefined ? leaf('Entry', 1, bytes.length) : movedBy(body, 1)],
    },
  }
}

/** A checkpoint, line by line: what the log signed, and the signatures below the empty line. */
export function checkpointDocument(text: string): ByteDocument {
  const bytes = utf8ToBytes(text)
  const labels = ['Origin: whose log', 'Size: how many entries', 'Root hash, base64']
  const parts: ByteRange[] = []
  let at = 0
  let signed = true
  for (const [index, line] of text.split('\n').entries()) {
    const end = at + utf8ToBytes(line).length
    if (line === '') signed = false
    else parts.push(leaf(signed ? (labels[index] ?? 'Extension') : 'Signature: name, key, signature', at, end, line))
    at = end + 1
  }
  return {
    title: 'checkpoint',
    says: 'the log’s signed statement of its size and root',
    form: 'text',
    bytes,
    ranges: { ...leaf('Checkpoint', 0, bytes.length), parts },
  }
}

/** The parts of a bundle that are something else than JSON, and the bundle itself. */
export function bundleDocuments(bundleJson: string, { bytes }: SignatureFacts): readonly ByteDocument[] {
  return [
    jsonDocument({ title: 'bundle', says: 'as cosign wrote it, beside the image in the registry' }, bundleJson),
    derDocument(
      { title: 'signature', says: 'over the PAE, made with the certified key' },
      bytes.signature,
      signatureShape,
    ),
    ...bytes.timestamps.map((stamp) =>
      derDocument(
        { title: 'timestamp', says: 'the RFC 3161 response of the timestamp authority' },
        stamp,
        timestampShape,
      ),
    ),
  ]
}
