import { join } from 'node:path'
import { app, type BrowserWindow, dialog } from 'electron'
import type { ChooseFile } from '../../src/core/orchestrator/recording/save-file.ts'

/** Asks in a dialog of the window where to save; null when it is cancelled, or the window is gone. */
export const chooseFile =
  (window: () => BrowserWindow | undefined): ChooseFile =>
  async (suggestedName) => {
    const parent = window()
    if (parent === undefined) return null
    const { canceled, filePath } = await dialog.showSaveDialog(parent, {
      defaultPath: join(app.getPath('documents'), suggestedName),
      // An existing file is replaced only after the person has confirmed.
      properties: ['showOverwriteConfirmation', 'createDirectory'],
    })
    return canceled || filePath === '' ? null : filePath
  }
