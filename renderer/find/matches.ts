import { finder } from '../../src/core/domain/visible-text.ts'

/**
 * Not text of the page: what is for screen readers only, inputs, the log (its own search covers all its lines), and the
 * bar itself.
 */
const skipped = '.hidden, select, input, textarea, script, style, .log, .page-find'

/** Text that is read as one: the nodes that it consists of, in order. */
type Passage = Text[]

/** Where a text occurs in what a reader sees, whatever the case of its letters; also across nodes, as in a shortened digest. */
export function matchesIn(place: Element, wanted: string): Range[] {
  if (wanted.trim() === '') return []
  const find = finder(plainSpaces(wanted))
  return passagesOf(place).flatMap((passage) => {
    const text = plainSpaces(passage.map(({ data }) => data).join(''))
    return [...text.matchAll(find)].map(({ 0: found, index }) => rangeOf(passage, index, index + found.length))
  })
}

const plainSpaces = (text: string): string => text.replace(/\s/g, ' ')

function passagesOf(place: Element): Passage[] {
  const passages: Passage[] = []
  let current: Passage = []
  const end = (): void => {
    if (current.length > 0) passages.push(current)
    current = []
  }
  const walk = (element: Element): void => {
    const { display, visibility } = getComputedStyle(element)
    if (display === 'none' || element.matches(skipped)) return
    const breaks = display !== 'inline' && display !== 'contents'
    if (breaks) end()
    for (const node of element.childNodes) {
      if (node instanceof Text) {
        if (visibility === 'visible' && node.data !== '') current.push(node)
      } else if (node instanceof Element) walk(node)
    }
    if (breaks) end()
  }
  walk(place)
  end()
  return passages
}

function rangeOf(passage: Passage, from: number, to: number): Range {
  const range = document.createRange()
  let before = 0
  for (const node of passage) {
    const after = before + node.length
    if (from >= before && from < after) range.setStart(node, from - before)
    if (to > before && to <= after) range.setEnd(node, to - before)
    before = after
  }
  return range
}
