import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { loggedText } from './log-text.ts'

/**
 * Writes what an API reports, line by line, like a program's output: appended to a file, 0600, cleaned. What cannot be
 * written is lost; a full disk ends no step.
 */
export function lineFile(file: string, clean: (text: string) => string): (line: string) => void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return (line) => {
    const text = loggedText(line.replaceAll(/[\r\n]+/g, ' '), clean)
    try {
      appendFileSync(file, `${text}\n`, { mode: 0o600 })
    } catch {
      // The step itself does not need its log.
    }
  }
}
