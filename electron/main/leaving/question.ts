import { type BrowserWindow, dialog } from 'electron'

/** A question with two answers. The first button changes nothing, and is what Enter and Escape press. */
export interface Question {
  readonly message: string
  readonly detail: string
  readonly buttons: readonly [string, string]
  readonly type?: 'question' | 'warning'
}

/** Asks in a dialog of the window, which `signal` closes; true if the second button was pressed. */
export const askIn =
  (window: BrowserWindow) =>
  async ({ message, detail, buttons, type = 'question' }: Question, signal?: AbortSignal): Promise<boolean> => {
    const { response } = await dialog.showMessageBox(window, {
      type,
      message,
      detail,
      buttons: [...buttons],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      ...(signal === undefined ? {} : { signal }),
    })
    return response === 1
  }
