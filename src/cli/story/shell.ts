const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One argument as a POSIX shell would need it written. */
export const shellQuote = (argument: string): string =>
  plain.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`

/**
 * A command laid out for reading and for pasting: at most `width` columns where the arguments allow it, continued with
 * a backslash. A flag and its value stay together.
 */
export function commandLines(argv: readonly string[], width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of withValues(argv)) {
    if (line === '') line = word
    else if (line.length + 1 + word.length + 2 <= width) line += ` ${word}`
    else {
      lines.push(`${line} \\`)
      line = `  ${word}`
    }
  }
  if (line !== '') lines.push(line)
  return lines
}

/** Quoted words, each flag together with the value that follows it. */
function withValues(argv: readonly string[]): string[] {
  const words: string[] = []
  argv.forEach((argument, index) => {
    const previous = argv[index - 1]
    const isValue = previous !== undefined && /^--?[A-Za-z][^=]*$/.test(previous) && !argument.startsWith('-')
    if (isValue && words.length > 1) words[words.length - 1] += ` ${shellQuote(argument)}`
    else words.push(shellQuote(argument))
  })
  return words
}
