const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One argument as a POSIX shell would need it written. */
export const shellQuote = (argument: string): string =>
  plain.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`

/**
 * A command laid out for reading and for pasting: at most `width` columns where the arguments allow it, continued with
 * a backslash. A flag and its value stay together.
 */
export function commandLines(argv: readonly string[], width: number): string[] {
  const words = argv.map(shellQuote)
  const lines: string[] = []
  let line = ''
  for (const word of words) {
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
