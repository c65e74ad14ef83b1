import type { BrowserWindow } from 'electron'
import { startPage } from './app-path.ts'
import { askIn, type Question } from './leaving/question.ts'

/** What recovering needs to do beyond the page. */
export interface Recovery {
  /** Stops everything that was started, and ends the program. */
  readonly leave: () => Promise<void>
  readonly say: (text: string) => void
}

/** A second exit of the page within this time is no accident. */
const soonMs = 60_000

/**
 * Loads our page for the first time. If its process exits meanwhile, that is handled below; anything else that keeps it
 * from loading is a bug, and rejects.
 */
export async function loadFirst({ webContents: contents }: BrowserWindow): Promise<void> {
  let ended = false
  contents.once('render-process-gone', () => {
    ended = true
  })
  await contents.loadURL(startPage).catch(async (error: unknown) => {
    // Electron reports that loading stopped before it reports that the page is gone.
    await new Promise((resolve) => setImmediate(resolve))
    if (!ended) throw error
  })
}

/**
 * Watches the page: if its process exits it is reloaded, and if that happens again soon, only after a prompt; one that
 * does not respond can be waited for. The engine is not in the page, so whatever runs goes on, and the new page shows
 * it.
 */
export function lookAfterPage(window: BrowserWindow, { leave, say }: Recovery): void {
  const { webContents: contents } = window
  const ask = askIn(window)
  let lastEnd = Number.NEGATIVE_INFINITY
  let asking = false
  const load = (): void => void contents.loadURL(startPage).catch((error: unknown) => say(String(error)))
  const stayOrLeave = async (question: Omit<Question, 'type'>, stay: () => void): Promise<void> => {
    if (asking) return
    asking = true
    try {
      if (await ask({ ...question, type: 'warning' })) await leave()
      else stay()
    } catch (error) {
      // A dialog that cannot be shown decides nothing; the window can still be closed.
      say(String(error))
    } finally {
      asking = false
    }
  }
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    const again = performance.now() - lastEnd < soonMs
    lastEnd = performance.now()
    say(`The page of the window has ended (${reason}, ${exitCode}).${again ? '' : ' It is loaded again.'}`)
    if (!again) return load()
    const detail = `Its process has ended: ${reason} (${exitCode}). What runs goes on; a new page shows it.`
    const message = 'The page of the window has ended again.'
    void stayOrLeave({ message, detail, buttons: ['Load it again', 'Stop and close'] }, load)
  })
  window.on('unresponsive', () => {
    say('The page of the window does not answer.')
    const detail = 'What runs goes on. Wait for it, or stop everything in order.'
    const message = 'The page of the window does not answer.'
    void stayOrLeave({ message, detail, buttons: ['Wait', 'Stop and close'] }, () => undefined)
  })
}
