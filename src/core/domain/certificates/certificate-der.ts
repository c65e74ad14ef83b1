import { concatBytes } from '@noble/hashes/utils.js'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'

/** One element of DER (ITU-T X.690): its tag byte, its contents, and all its bytes with the header. */
export interface DerNode {
  readonly tag: number
  readonly contents: Uint8Array
  readonly whole: Uint8Array
}

/** The tag bytes that certificates and timestamps need. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The consecutive elements in these bytes, or undefined when they are not well-formed. */
export function derNodes(bytes: Uint8Array): readonly DerNode[] | undefined {
  const nodes: DerNode[] = []
  for (let at = 0; at < bytes.length; ) {
    const node = nodeAt(bytes, at)
    if (node === undefined) return undefined
    nodes.push(node)
    at += node.whole.length
  }
  return nodes
}

/** The one element that these bytes are, or undefined: trailing bytes are refused. */
export function derNode(bytes: Uint8Array): DerNode | undefined {
  const nodes = derNodes(bytes)
  return nodes?.length === 1 ? nodes[0] : undefined
}

/** Follows a path of positions into nested elements. */
export function derAt(node: DerNode | undefined, ...path: readonly number[]): DerNode | undefined {
  let current = node
  for (const index of path) {
    current = current === undefined ? undefined : derNodes(current.contents)?.[index]
  }
  return current
}

function nodeAt(bytes: Uint8Array, at: number): DerNode | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  // High tag numbers and indefinite lengths do not occur in what we read.
  if (tag === undefined || (tag & 0x1f) === 0x1f || first === undefined || first === 0x80 || first > 0x84) {
    return undefined
  }
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  let length = first < 0x80 ? first : 0
  for (let index = 0; index < lengthBytes; index++) length = length * 256 + (bytes[at + 2 + index] ?? Number.NaN)
  const start = at + 2 + lengthBytes
  const end = start + length
  if (!(end <= bytes.length)) return undefined
  return { tag, contents: bytes.subarray(start, end), whole: bytes.subarray(at, end) }
}

/** DER of these elements, one after the other, inside one with this tag. */
export function derOf(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const inside = concatBytes(...contents)
  const length: number[] = []
  for (let rest = inside.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256)
  const head = inside.length < 0x80 ? [tag, inside.length] : [tag, 0x80 + length.length, ...length]
  return concatBytes(Uint8Array.from(head), inside)
}

/** An object identifier in dotted form. */
export function derOid(node: DerNode | undefined): string | undefined {
  if (node?.tag !== derTag.oid || node.contents.length === 0) return undefined
  const arcs: number[] = []
  let arc = 0
  for (const byte of node.contents) {
    arc = arc * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(arc)) return undefined
    if (byte >= 0x80) continue
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - Math.min(Math.floor(arc / 40), 2) * 40)
    else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

/** A UTCTime or GeneralizedTime in ISO 8601, UTC, without its fraction (RFC 5280 section 4.1.2.5). */
export const derTime = (node: DerNode | undefined): string | undefined => timeParts(node)?.iso

/** A UTCTime or GeneralizedTime in milliseconds since 1970, with its fraction. */
export function derMoment(node: DerNode | undefined): number | undefined {
  const parts = timeParts(node)
  return parts === undefined ? undefined : Date.parse(parts.iso) + Number(`0${parts.fraction}`) * 1000
}

// A fraction has no zero at its end (X.690, section 11.7.3), so milliseconds have three, two, one or no digits.
function timeParts(node: DerNode | undefined): { readonly iso: string; readonly fraction: string } | undefined {
  if (node?.tag !== derTag.utcTime && node?.tag !== derTag.generalizedTime) return undefined
  const text = textOfUtf8(node.contents) ?? ''
  const match =
    node.tag === derTag.utcTime
      ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
      : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\.\d{0,8}[1-9])?Z$/.exec(text)
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = match ?? []
  const full = year.length === 2 ? `${Number(year) >= 50 ? '19' : '20'}${year}` : year
  const iso = `${full}-${month}-${day}T${hour}:${minute}:${second}Z`
  return Number.isNaN(Date.parse(iso)) ? undefined : { iso, fraction }
}
