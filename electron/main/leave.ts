import { type BrowserWindow, dialog } from 'electron'

/** What closing needs to know and do. */
export interface Leaving {
  /** Whether a run is under way. */
  readonly busy: () => Promise<boolean>
  /** Stops everything that was started, in order, shown in the window. */
  readonly stop: () => Promise<void>
  /** Ends the program; nothing is left to stop. */
  readonly exit: () => void
}

/** Ends the program once, however often it is asked to: by the window's cross, which asks, or by a signal, which does not. */
export function leaving({ busy, stop, exit }: Leaving): {
  readonly byWindow: (window: BrowserWindow) => Promise<void>
  readonly atOnce: () => Promise<void>
} {
  let asking = false
  let stopping: Promise<void> | undefined
  const atOnce = (): Promise<void> => (stopping ??= stop().finally(exit))
  return {
    atOnce,
    byWindow: async (window) => {
      if (asking || stopping !== undefined) return
      asking = true
      const go = !(await busy()) || (await confirmed(window))
      asking = false
      if (go) await atOnce()
    },
  }
}

async function confirmed(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: 'A run is under way.',
    detail: 'Closing cancels it and stops everything that was started, in reverse order.',
    buttons: ['Keep running', 'Stop and close'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  })
  return response === 1
}
