import { utf8ToBytes } from '@noble/hashes/utils.js'
import { createScanner, type Node, type ParseError, parseTree } from 'jsonc-parser'
import { type ByteRange, mostRanges } from './range.ts'

/**
 * The ranges of a JSON text in UTF-8: each value with its key before it. Undefined when it is not JSON, or too much.
 * jsonc-parser is what VS Code edits its settings with; it is the one small parser that keeps the offset of every value.
 */
export function jsonRanges(text: string, label: string): ByteRange | undefined {
  if (isTooMuch(text)) return undefined
  const problems: ParseError[] = []
  const root = parseTree(text, problems, { disallowComments: true })
  if (root === undefined || problems.length > 0) return undefined
  const byteAt = byteOffsets(text)
  const rangeOf = (node: Node, name: string, from: Node = node): ByteRange => ({
    label: name,
    value: valueOf(node, text),
    start: byteAt(from.offset),
    end: byteAt(node.offset + node.length),
    parts: partsOf(node).map(([part, key, of]) => rangeOf(part, key, of)),
  })
  return rangeOf(root, label)
}

/** The parser, and everything that walks its tree, calls itself at each level. */
const deepest = 64

/** Whether it is nested too deeply or has too many values; read token by token. */
function isTooMuch(text: string): boolean {
  const scanner = createScanner(text, true)
  let depth = 0
  let values = 1
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const first = text[scanner.getTokenOffset()]
    if (first === '[' || first === '{') depth++
    else if (first === ']' || first === '}') depth--
    // Each value but the outermost has a comma or its bracket before it.
    if (first === ',' || first === '[' || first === '{') values++
    if (depth > deepest || values > mostRanges) return true
  }
  return false
}

type Part = readonly [value: Node, name: string, from: Node]

function partsOf(node: Node): readonly Part[] {
  const children = node.children ?? []
  if (node.type === 'array') return children.map((child, at) => [child, `[${at}]`, child] as const)
  if (node.type !== 'object') return []
  return children.flatMap((property): readonly Part[] => {
    const [key, value] = property.children ?? []
    return key === undefined || value === undefined ? [] : [[value, String(key.value), property]]
  })
}

function valueOf(node: Node, text: string): string | null {
  if (node.type === 'object' || node.type === 'array') return node.children?.length ? null : 'empty'
  return node.type === 'string' ? String(node.value) : text.slice(node.offset, node.offset + node.length)
}

/** From a place in the text to its place in UTF-8. */
function byteOffsets(text: string): (at: number) => number {
  const bytes = utf8ToBytes(text).length
  if (bytes === text.length) return (at) => at
  const places = new Uint32Array(text.length + 1)
  let place = 0
  let at = 0
  for (const letter of text) {
    // Both halves of a surrogate pair begin where the character does.
    for (let half = 0; half < letter.length; half++) places[at++] = place
    place += utf8Length(letter.codePointAt(0) ?? 0)
  }
  places[at] = place
  return (asked) => places[asked] ?? place
}

/** Bytes of a character in UTF-8 (RFC 3629); half a surrogate pair is encoded as U+FFFD, which has three as well. */
const utf8Length = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4)
