/** A name in a policy: exactly this text, or a pattern for the whole of it. */
export type NamePattern = string | { readonly pattern: string }

/**
 * Whether a name matches a policy's pattern. A pattern covers the whole name: `**` stands for any characters, `*` for
 * any but `/`, everything else for itself. It is not a regular expression, so no name can make matching slow: each part
 * of the pattern passes over the name once.
 */
export function matchesName(wanted: NamePattern, name: string): boolean {
  if (typeof wanted === 'string') return wanted === name
  // For each position in the name: whether the parts so far can end there.
  let reached: readonly boolean[] = Array.from({ length: name.length + 1 }, (_, place) => place === 0)
  for (const part of wanted.pattern.split(/(\*\*|\*)/)) {
    if (part === '*' || part === '**') reached = afterStar(reached, name, part === '**')
    else if (part !== '') reached = afterText(reached, name, part)
  }
  return reached[name.length] === true
}

const afterText = (from: readonly boolean[], name: string, text: string): readonly boolean[] =>
  from.map((_, place) => {
    const start = place - text.length
    return start >= 0 && from[start] === true && name.startsWith(text, start)
  })

function afterStar(from: readonly boolean[], name: string, slashes: boolean): readonly boolean[] {
  let open = false
  return from.map((here, place) => {
    // A star ends before a slash; the positions up to there were passed.
    if (!slashes && place > 0 && name[place - 1] === '/') open = false
    open ||= here
    return open
  })
}
