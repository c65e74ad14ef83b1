import { writeSync } from 'node:fs'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** Further fields of a log line. Strings only: the agent crashes over `@message` of another type, so none is risked. */
type Fields = Readonly<Record<string, string>>

/** Writes a line to stderr as go-plugin's host reads it (hclog JSON), which the agent then logs as its own. */
export function log(level: Level, message: string, fields: Fields = {}): void {
  const line = { '@level': level, '@message': message, '@timestamp': timestamp(), ...fields }
  try {
    // The host splits longer lines, and they lose their level.
    writeSync(2, `${JSON.stringify(line).slice(0, 60_000)}\n`)
  } catch {
    // The parent is gone; its end is noticed elsewhere.
  }
}

// The host expects exactly six fractional digits of a second; JavaScript has three.
const timestamp = (): string => new Date().toISOString().replace('Z', '000Z')
