/** The meaning of a colour. Nothing is expressed by colour alone. */
export type Ink = 'thread' | 'cut' | 'caution' | 'quiet' | 'strong'

const codes: Readonly<Record<Ink, string>> = { thread: '94', cut: '33', caution: '93', quiet: '2', strong: '1' }

export type Paint = (ink: Ink, text: string) => string

/** Colours for a terminal that supports them (a TTY without NO_COLOR), and plain text for everything else. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: Readonly<NodeJS.ProcessEnv>): Paint {
  const wanted = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return wanted ? (ink, text) => `\u001b[${codes[ink]}m${text}\u001b[0m` : (_ink, text) => text
}

// Control characters and the invisible characters that change the direction of text.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** Text from tools, logs and certificates as data: control and bidi characters are shown and have no effect. */
export const printable = (text: string): string =>
  text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
