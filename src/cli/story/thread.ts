import wrapAnsi from 'wrap-ansi'
import type { Ink, Paint } from './paint.ts'
import { printable } from './paint.ts'

/** The knots of the thread that runs down the left edge. */
export const knots = { passed: '●', attention: '◆', open: '○', cut: '╳' } as const
export type Knot = keyof typeof knots

const inkOf: Readonly<Record<Knot, Ink>> = { passed: 'thread', attention: 'caution', open: 'quiet', cut: 'cut' }

/** Columns to use: the terminal's, but never more than is readable. Some terminals report 0. */
export const readableWidth = (columns: number | undefined): number => Math.min(Math.max(columns || 80, 60), 100)

/** Writes everything that hangs on the thread. Pure: lines of text in, lines of text out. */
export class Thread {
  readonly #paint: Paint
  readonly #width: number
  readonly #line: string

  /** `whole` is false below the place where the thread is cut. */
  constructor(paint: Paint, width: number, whole = true) {
    this.#paint = paint
    this.#width = width
    this.#line = whole ? paint('thread', '│') : paint('quiet', '┊')
  }

  /** The same thread below the place where it is cut. */
  severed(): Thread {
    return new Thread(this.#paint, this.#width, false)
  }

  /** `● Title                 passed  0.4 s` */
  knot(knot: Knot, title: string, word: string, time: string): string {
    const right = `${word}${time === '' ? '' : `  ${time.padStart(7)}`}`
    const room = Math.max(1, this.#width - 4 - title.length - right.length)
    return `  ${this.#paint(inkOf[knot], knots[knot])} ${this.#paint('strong', title)}${' '.repeat(room)}${this.#paint(inkOf[knot], right)}`
  }

  /** A sentence beside the thread. */
  say(text: string, ink: Ink | null = 'quiet'): string[] {
    return wrapAnsi(printable(text), this.#width - 4, { trim: true })
      .split('\n')
      .map((line) => this.#beside(ink === null ? line : this.#paint(ink, line)))
  }

  /** A line that must not be wrapped, such as a digest. */
  raw(line: string, ink: Ink | null = null): string {
    return this.#beside(ink === null ? printable(line) : this.#paint(ink, printable(line)))
  }

  /**
   * `label value`, the value wrapped under itself. A value without a space is never broken, so that it can be copied.
   */
  field(label: string, value: string): string[] {
    const room = this.#width - 4 - labelWidth
    if (value.length > room && !value.includes(' ')) {
      return [this.#beside(this.#paint('quiet', label)), this.#beside(`  ${printable(value)}`)]
    }
    const lines = wrapAnsi(printable(value), room, { trim: true }).split('\n')
    return lines.map((line, index) =>
      this.#beside(`${this.#paint('quiet', (index === 0 ? label : '').padEnd(labelWidth - 1))} ${line}`),
    )
  }

  /** The thread alone. */
  gap(): string {
    return this.#beside('').trimEnd()
  }

  #beside(text: string): string {
    return `  ${this.#line} ${text}`
  }
}

const labelWidth = 16

/** Milliseconds in readable form. */
export const seconds = (ms: number): string =>
  ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`

/**
 * Digests inside a sentence, with their ends kept: the whole value stands beside its strip, in the log and in the
 * evidence.
 */
export const shortenHashes = (text: string): string =>
  text.replace(/\b([0-9a-f]{8})[0-9a-f]{24,112}([0-9a-f]{8})\b/g, '$1…$2')
