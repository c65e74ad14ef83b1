import { visiblePieces } from '../../src/core/domain/visible-text.ts'
import { maskedLogLine } from '../kit/text/masking.ts'

/** The colours of a log; each is a token that is readable in every theme (ansi.css). */
export type Hue = 'grey' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white'

/** A part of a line with one style. */
export interface Run {
  readonly text: string
  /** Classes of ansi.css, or empty. */
  readonly className: string
}

interface Style {
  readonly bold: boolean
  readonly dim: boolean
  readonly underline: boolean
  readonly inverse: boolean
  readonly text: Hue | null
  readonly ground: Hue | null
}

const plain: Style = { bold: false, dim: false, underline: false, inverse: false, text: null, ground: null }
// ECMA-48, 8.3.117: SGR. Every other sequence stays in the text, and is shown.
const sgr = /\u001b\[([0-9;:]*)m/g
// The order of ECMA-48: 30 to 37. Black cannot be read on a dark sheet, white not on a light one.
const hues: readonly Hue[] = ['grey', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** A line has at most this many runs: one that changes its colour with every letter must not fill the page. */
const mostRuns = 200

/**
 * A line of a log in runs: its colours apply (each line starts without any), every other control character is shown.
 */
export function ansiRuns(whole: string): Run[] {
  const line = maskedLogLine(whole)
  const runs: Run[] = []
  let style = plain
  let from = 0
  for (const match of line.matchAll(sgr)) {
    addRuns(runs, line.slice(from, match.index), classesOf(style))
    style = withCodes(style, match[1] ?? '')
    from = match.index + match[0].length
  }
  addRuns(runs, line.slice(from), classesOf(style))
  if (runs.length <= mostRuns) return runs
  const rest = runs.splice(mostRuns).map(({ text }) => text)
  return [...runs, { text: rest.join(''), className: '' }]
}

/** The text in pieces; neighbours with the same style are merged. */
function addRuns(runs: Run[], text: string, className: string): void {
  for (const piece of visiblePieces(text)) {
    const own = piece.control ? 'ansi-control' : className
    const last = runs.at(-1)
    if (last?.className === own) runs.splice(-1, 1, { text: last.text + piece.text, className: own })
    else runs.push({ text: piece.text, className: own })
  }
}

function withCodes(before: Style, parameters: string): Style {
  let style = before
  const codes = parameters.split(';')
  for (let at = 0; at < codes.length; at += 1) {
    const [code = '', ...own] = (codes[at] ?? '').split(':')
    if (code !== '38' && code !== '48') {
      style = withCode(style, Number(code), own[0])
      continue
    }
    // 38;5;n and 38;2;r;g;b, or the same as one parameter with colons, where a colour space may stand before r.
    const rest = own.length > 0 ? own : codes.slice(at + 1, at + 5)
    const rgb = own.length > 4 ? own.slice(2) : rest.slice(1)
    if (own.length === 0) at += rest[0] === '5' ? 2 : 4
    const hue = rest[0] === '5' ? paletteHue(Number(rest[1])) : rest[0] === '2' ? rgbHue(rgb.map(Number)) : null
    if (hue !== null) style = { ...style, [code === '38' ? 'text' : 'ground']: hue }
  }
  return style
}

const effects: Readonly<Record<number, Partial<Style>>> = {
  0: plain,
  1: { bold: true },
  2: { dim: true },
  4: { underline: true },
  7: { inverse: true },
  22: { bold: false, dim: false },
  24: { underline: false },
  27: { inverse: false },
  39: { text: null },
  49: { ground: null },
}

function withCode(style: Style, code: number, variant: string | undefined): Style {
  // 4:0 is no underline, 4:3 a curly one.
  if (code === 4 && variant === '0') return { ...style, underline: false }
  const hue = hues[code % 10] ?? null
  switch (code % 10 > 7 ? -1 : Math.floor(code / 10)) {
    case 3:
    case 9:
      return { ...style, text: hue }
    case 4:
    case 10:
      return { ...style, ground: hue }
    default:
      return { ...style, ...effects[code] }
  }
}

/** Of xterm's 256 colours: the 16, a cube of 6×6×6, and 24 greys. */
function paletteHue(index: number): Hue | null {
  if (!Number.isInteger(index) || index < 0 || index > 255) return null
  if (index < 16) return hues[index % 8] ?? null
  if (index >= 232) return index < 244 ? 'grey' : 'white'
  const level = (at: number): number => [0, 95, 135, 175, 215, 255][at] ?? 0
  const cube = index - 16
  return rgbHue([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)])
}

/** The nearest hue on the colour wheel; without a hue it is grey or white. */
function rgbHue([red = 0, green = 0, blue = 0]: readonly number[]): Hue | null {
  const [low, high] = [Math.min(red, green, blue), Math.max(red, green, blue)]
  if (!(low >= 0 && high <= 255)) return null
  const spread = high - low
  if (spread < high / 4 || high < 32) return high < 128 ? 'grey' : 'white'
  const sixth =
    high === red
      ? (6 + (green - blue) / spread) % 6
      : high === green
        ? 2 + (blue - red) / spread
        : 4 + (red - green) / spread
  const wheel: readonly Hue[] = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta']
  return wheel[Math.round(sixth) % 6] ?? null
}

/**
 * On a background colour the text takes the sheet's colour, whatever it requested: the combination might be unreadable.
 */
function classesOf({ bold, dim, underline, inverse, text, ground }: Style): string {
  const on = inverse ? (text ?? 'white') : ground
  return [
    bold ? 'ansi-bold' : '',
    underline ? 'ansi-underline' : '',
    on !== null ? `ansi-on-${on}` : text !== null ? `ansi-${text}` : dim ? 'ansi-dim' : '',
  ]
    .filter((name) => name !== '')
    .join(' ')
}

/** Runs split where a text is found; `found` marks the matches. The first hundred matches of a line are marked. */
export function markedRuns(runs: readonly Run[], find: RegExp): (Run & { readonly found: boolean })[] {
  const whole = runs.map(({ text }) => text).join('')
  const places: { readonly from: number; readonly to: number }[] = []
  for (const { 0: text, index } of whole.matchAll(find)) {
    if (places.push({ from: index, to: index + text.length }) === mostRuns / 2) break
  }
  const marked: (Run & { readonly found: boolean })[] = []
  let start = 0
  let next = 0
  for (const { text, className } of runs) {
    const end = start + text.length
    for (let at = start; at < end; ) {
      const place = places[next]
      const found = place !== undefined && place.from <= at
      const to = Math.min(end, place === undefined ? end : found ? place.to : place.from)
      marked.push({ text: text.slice(at - start, to - start), className, found })
      if (found && to === place.to) next += 1
      at = to
    }
    start = end
  }
  return marked
}
