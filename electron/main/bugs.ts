import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { dialog } from 'electron'

/** Where our own bugs are reported. */
export interface Bugs {
  /** Writes what was thrown to stderr and to a file, for a report. */
  readonly note: (thrown: unknown) => void
  /** Also shows it in the window: nothing else reports this one. */
  readonly show: (thrown: unknown) => void
}

/** Keeps bugs in `errors.log` below the folder. Showing one never stops anything by itself. */
export function bugs(folder: string): Bugs {
  const file = join(folder, 'errors.log')
  let shown = false
  const note = (thrown: unknown): void => {
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    process.stderr.write(`${text}\n`)
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      appendFileSync(file, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 })
    } catch {
      // A full disk must not hide the bug behind another one.
    }
  }
  return {
    note,
    show: (thrown) => {
      note(thrown)
      if (shown) return
      shown = true
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      const detail = `${message.slice(0, 500)}\n\nThe details are in ${file}. What runs goes on; close the window to stop it in order.`
      void dialog
        .showMessageBox({ type: 'error', message: 'This program has run into a bug of its own.', detail, noLink: true })
        .finally(() => {
          shown = false
        })
    },
  }
}
