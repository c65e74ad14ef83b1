import { shownLine as coreLine, visible as coreVisible } from '../../../src/core/domain/visible-text.ts'
import { maskedLogLine, maskedText } from './masking.ts'

/** Text as it is shown: safe (domain/visible-text.ts), and masked while the window masks. */
export const visible = (text: string): string => coreVisible(maskedText(text))

/** A line of a log in the same way, without its colours. */
export const shownLine = (line: string): string => coreLine(maskedLogLine(line))

/** The ends of a long value with its middle left out; what fits stays whole. */
export function shorten(value: string, keep = 8): string {
  return value.length <= keep * 2 + 3 ? value : `${value.slice(0, keep)}…${value.slice(-keep)}`
}

/** A digest or hash in short form: the algorithm is left out, the ends are kept. */
export const shortHash = (value: string, keep = 8): string => shorten(value.replace(/^sha256:/, ''), keep)

/** Milliseconds in readable form. */
export function seconds(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  const minutes = Math.floor(ms / 60_000)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}

/** `00:04.9`, minutes, seconds and tenths. */
export function clock(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100))
  const minutes = Math.floor(tenths / 600)
  const rest = (tenths % 600) / 10
  return `${String(minutes).padStart(2, '0')}:${rest.toFixed(1).padStart(4, '0')}`
}

/** `04:51`, minutes and seconds. */
export const minutes = (ms: number): string => clock(ms).replace(/\.\d$/, '')

/** Bytes in readable form. */
export const size = (bytes: number): string =>
  bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`

const bare = /^[A-Za-z0-9_@%+=:,./-]+$/

const quoted = (word: string): string => (bare.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** A command as it can be pasted into a POSIX shell. */
export const commandText = (argv: readonly string[]): string => argv.map(quoted).join(' ')

/** The same with a line for each flag. */
export const commandLines = (argv: readonly string[]): string =>
  argv.map((word, at) => (at === 0 ? '' : word.startsWith('-') ? ' \\\n  ' : ' ') + quoted(word)).join('')
