import { bytesToHex } from '@noble/hashes/utils.js'
import { Boolean as Asn1Boolean, type AsnType, BaseBlock, BitString, fromBER, Integer, ObjectIdentifier } from 'asn1js'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { derNode, derTime } from '../certificates/certificate-der.ts'
import { shownExtension } from '../certificates/x509-extensions.ts'
import type { DerShape } from './der-shapes.ts'
import { oidWithName } from './oid-names.ts'
import { type ByteRange, mostRanges } from './range.ts'

type Node = AsnType

/**
 * The ranges of a DER structure, labelled as its specification names them, and by their ASN.1 type below that. Undefined
 * for bytes that are not one DER element, or have too many inside. asn1js parses: @peculiar/x509 uses it too, and it finds
 * what octet and bit strings contain.
 */
export function derRanges(bytes: Uint8Array, shape: DerShape): ByteRange | undefined {
  const node = parsed(bytes)
  return node === undefined ? undefined : rangeOf(node, 0, bytes, shape)
}

/** The contents of each innermost part of a DER structure, from and to. Undefined for bytes that are not one DER sequence. */
export function derContents(bytes: Uint8Array): readonly (readonly [from: number, to: number])[] | undefined {
  const node = bytes[0] === sequenceTag ? parsed(bytes) : undefined
  return node === undefined ? undefined : contentsOf(node, 0)
}

function parsed(bytes: Uint8Array): Node | undefined {
  try {
    const { offset, result } = fromBER(bytes)
    return offset !== bytes.length || result.error !== '' || countOf(result) > mostRanges ? undefined : result
  } catch {
    // asn1js throws at a string of two or four bytes a character whose length is odd.
    return undefined
  }
}

const sequenceTag = 0x30

function contentsOf(node: Node, start: number): readonly (readonly [from: number, to: number])[] {
  let at = startOfParts(node, start)
  const inside = childrenOf(node)
  if (inside.length === 0) return [[at, start + node.blockLength]]
  return inside.flatMap((child) => {
    const contents = contentsOf(child, at)
    at += child.blockLength
    return contents
  })
}

/** The first byte of a bit string's contents counts its unused bits. */
const startOfParts = (node: Node, start: number): number =>
  start + headLength(node) + (node instanceof BitString ? 1 : 0)

/** asn1js itself ends at a depth, so this may go as deep. */
const countOf = (node: Node): number => childrenOf(node).reduce((sum, child) => sum + countOf(child), 1)

function rangeOf(node: Node, start: number, bytes: Uint8Array, shape: DerShape | undefined): ByteRange {
  const end = start + node.blockLength
  const inside = childrenOf(node)
  let at = startOfParts(node, start)
  const shapes = shapesFor(inside, shape)
  const parts = inside.map((child, index) => {
    const part = rangeOf(child, at, bytes, shapes[index])
    at = part.end
    return part
  })
  const own = bytes.subarray(start, end)
  const extension = shape?.extension === true ? extensionOf(inside) : undefined
  const said = extension?.readable === false ? undefined : extension?.text
  return {
    label: extension?.name ?? shape?.label ?? typeName(node),
    value: said ?? (parts.length > 0 ? null : valueOf(node, own)),
    start,
    end,
    parts,
  }
}

const headLength = (node: Node): number => node.idBlock.blockLength + node.lenBlock.blockLength

function childrenOf(node: Node): readonly Node[] {
  const value: unknown = 'value' in node.valueBlock ? node.valueBlock.value : undefined
  return Array.isArray(value) ? value.filter((each) => each instanceof BaseBlock) : []
}

/** Each part's shape: optional parts that are not there are skipped. */
function shapesFor(inside: readonly Node[], shape: DerShape | undefined): readonly (DerShape | undefined)[] {
  if (shape?.extension === true) return extensionParts(inside.length)
  const { each, parts } = shape ?? {}
  if (each !== undefined) return inside.map(() => each)
  let next = 0
  return inside.map(({ idBlock }) => {
    while (parts?.[next]?.tag !== undefined && !(idBlock.tagClass === 3 && idBlock.tagNumber === parts[next]?.tag))
      next++
    return parts?.[next++]
  })
}

const extensionParts = (count: number): readonly DerShape[] => [
  { label: 'Identifier' },
  ...(count === 3 ? [{ label: 'Critical' }] : []),
  { label: 'Value' },
]

function extensionOf(inside: readonly Node[]) {
  const [oid] = inside
  const value = inside.at(-1)
  if (!(oid instanceof ObjectIdentifier) || value === undefined) return undefined
  return shownExtension({
    oid: oid.getValue(),
    critical: inside.length === 3,
    value: new Uint8Array(value.valueBeforeDecodeView).subarray(headLength(value)),
  })
}

function valueOf(node: Node, whole: Uint8Array): string {
  const contents = whole.subarray(headLength(node))
  if (node instanceof ObjectIdentifier) return oidWithName(node.getValue())
  if (node instanceof Asn1Boolean) return String(node.getValue())
  if (node instanceof Integer && contents.length <= 4) return String(node.valueBlock.valueDec)
  const time = node.idBlock.tagClass === 1 && timeTags.has(node.idBlock.tagNumber) ? derTime(derNode(whole)) : undefined
  if (time !== undefined) return time
  const text = isText(node) ? textOfUtf8(contents) : undefined
  return text ?? (contents.length === 0 ? 'empty' : bytesToHex(contents))
}

const timeTags: ReadonlySet<number> = new Set([23, 24])
/** rfc822Name, dNSName and URI of a subject alternative name (RFC 5280 section 4.2.1.6). */
const nameTags: ReadonlySet<number> = new Set([1, 2, 6])

/** UTF8String, PrintableString, IA5String. */
const stringTags: ReadonlySet<number> = new Set([12, 19, 22])

const isText = ({ idBlock: { tagClass, tagNumber } }: Node): boolean =>
  tagClass === 3 ? nameTags.has(tagNumber) : tagClass === 1 && stringTags.has(tagNumber)

function typeName(node: Node): string {
  const { tagClass, tagNumber } = node.idBlock
  if (tagClass === 3) return `[${tagNumber}]`
  return typeNames[tagNumber] ?? `type ${tagNumber}`
}

const typeNames: Readonly<Record<number, string>> = {
  1: 'BOOLEAN',
  2: 'INTEGER',
  3: 'BIT STRING',
  4: 'OCTET STRING',
  5: 'NULL',
  6: 'OBJECT IDENTIFIER',
  12: 'UTF8String',
  16: 'SEQUENCE',
  17: 'SET',
  19: 'PrintableString',
  22: 'IA5String',
  23: 'UTCTime',
  24: 'GeneralizedTime',
}
