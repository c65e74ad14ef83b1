// C0 without line feed and tab, DEL, C1, soft hyphen, fillers and separators without a width, bidi marks and overrides,
// byte order mark, annotation marks, and the tag characters that can hide a text within a text.
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/**
 * Text of a tool, made safe to show: control characters in caret notation, others by their number; none has an effect.
 */
export const visible = (text: string): string => text.replace(unseen, visibleCharacter)

function visibleCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 32 ? `^${String.fromCodePoint(64 + code)}` : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/** Text in pieces: what is printed as it is, and the characters that are shown by name instead. */
export function visiblePieces(text: string): { readonly text: string; readonly control: boolean }[] {
  const pieces: { text: string; control: boolean }[] = []
  let from = 0
  for (const match of text.matchAll(unseen)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), control: false })
    pieces.push({ text: visibleCharacter(match[0]), control: true })
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), control: false })
  return pieces
}

/** ECMA-48, 8.3.117 (SGR): control sequences that end in `m` and set colours. All others are shown as text. */
export const colourCodes = /\u001b\[[0-9;:]*m/g

/** A line of a log in readable form: without its colours, every other control character visible. */
export const shownLine = (line: string): string => visible(line.replace(colourCodes, ''))

/** A matcher that finds a text wherever it is shown, ignoring case. */
export const finder = (text: string): RegExp => new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'giu')

// \p{C}: control, format (zero-width, bidirectional), surrogates, private and unassigned. \p{DI}: everything that a
// renderer shows as nothing (variation selectors, fillers, tags). U+2800 is drawn as an empty cell. Of spaces only
// U+0020 is plain.
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{DI}\u2800]|(?! )\p{Zs}/gu

/**
 * Why a name cannot be compared by eye: it is empty, begins or ends with a space, or holds a character that is
 * invisible, reverses the direction, or looks like a space. Undefined when it can. Never repeats the text.
 */
export function hiddenIn(text: string): string | undefined {
  if (text.length === 0) return 'nothing'
  for (const { 0: character, index } of text.matchAll(hidden)) {
    return `U+${code(character).toString(16).toUpperCase().padStart(4, '0')} at character ${index + 1}`
  }
  return text.startsWith(' ') || text.endsWith(' ') ? 'a space at the beginning or end' : undefined
}

/** The text with every hidden character (`hiddenIn`) written as an escape, in one line. */
export const escaped = (text: string): string =>
  text.replace(hidden, (character) => `\\u{${code(character).toString(16)}}`)

const code = (character: string): number => character.codePointAt(0) ?? 0
