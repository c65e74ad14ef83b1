import { stripVTControlCharacters } from 'node:util'

// SGR, ECMA-48 section 8.3.117: sets colours, and nothing else.
const colour = /(\u001b\[[0-9;:]*m)/
// What could still begin a sequence: ESC itself and the C1 control characters.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const beginsSequence = /[\u001b\u0080-\u009f]/g

/** Text without any control sequence and without secrets: for parsing, quoting and reporting. */
export const plainText = (raw: string, clean: (text: string) => string): string => clean(stripVTControlCharacters(raw))

/**
 * A line as stored in a log file: its colours stay, every other control sequence and every secret is removed. A line
 * with a secret loses its colours: one may stand in the middle of it.
 */
export function loggedText(raw: string, clean: (text: string) => string): string {
  const parts = raw
    .split(colour)
    .map((part, at) => (at % 2 === 1 ? part : stripVTControlCharacters(part).replaceAll(beginsSequence, '')))
  const text = parts.filter((_, at) => at % 2 === 0).join('')
  const cleaned = clean(text)
  return cleaned === text ? parts.join('') : cleaned
}

/**
 * Where an unterminated line is split: as late as `most` allows, but never inside a word, because a split secret is not
 * recognised. A word longer than a quarter of `most` is split all the same.
 */
export function cutAt(line: string, most: number): number {
  const space = line.lastIndexOf(' ', most - 1)
  return space > most * 0.75 ? space + 1 : most
}
