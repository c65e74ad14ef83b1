import { colourCodes } from '../visible-text.ts'

/** A line of a log, masked as if it had no colours (SGR): they stay where they are. `mask` is a masker's text. */
export function maskedLine(line: string, mask: (text: string) => string): string {
  const plain = line.replaceAll(colourCodes, '')
  const masked = mask(plain)
  if (masked === plain) return line
  // Without its place a colour has no meaning.
  if (masked.length !== plain.length) return masked
  let shown = ''
  let at = 0
  let from = 0
  for (const { 0: code, index } of line.matchAll(colourCodes)) {
    shown += masked.slice(at, at + index - from) + code
    at += index - from
    from = index + code.length
  }
  return shown + masked.slice(at)
}
