import { type BrowserWindow, dialog } from 'electron'

/** What closing needs to know and do. */
export interface Leaving {
  /** Whether a run is under way. */
  readonly busy: () => Promise<boolean>
  /** Stops everything that was started, in order, shown in the window. */
  readonly stop: () => Promise<readonly string[]>
  /** Ends the program; what could not be stopped is named. */
  readonly exit: (left: readonly string[]) => void
}

/** Ends the program once, however often it is asked to: by the window's cross, which asks, or by a signal, which does not. */
export function leaving({ busy, stop, exit }: Leaving): {
  readonly byWindow: (window: BrowserWindow) => Promise<void>
  readonly atOnce: () => Promise<void>
} {
  let asking = false
  let stopping: Promise<void> | undefined
  const atOnce = (): Promise<void> =>
    (stopping ??= stop().then(exit, (error: unknown) => exit([error instanceof Error ? error.message : String(error)])))
  return {
    atOnce,
    byWindow: async (window) => {
      if (asking || stopping !== undefined) return
      asking = true
      try {
        // Whether a run is under way may be unknown: the question is then asked. One that cannot be asked is a yes.
        const go = !(await busy().catch(() => true)) || (await confirmed(window).catch(() => true))
        if (!go) return
      } finally {
        asking = false
      }
      await atOnce()
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
