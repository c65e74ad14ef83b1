import { type BrowserWindow, dialog } from 'electron'
import { visible } from '../../src/core/domain/visible-text.ts'
import type { ConfirmProfile } from '../../src/core/profiles/led-to.ts'

/** At most so many of each are named; a profile has no reason for more. */
const most = 12

/** Confirms in a dialog that a profile may be saved, and names where it leads. Without a window the answer is no. */
export const confirmProfile =
  (window: () => BrowserWindow | undefined): ConfirmProfile =>
  async ({ title, file, hosts, paths }) => {
    const parent = window()
    if (parent === undefined) return false
    const { response } = await dialog.showMessageBox(parent, {
      type: 'question',
      message: `Save the profile “${visible(title)}”?`,
      detail: [`It will lie in ${file}.`, ...list('It leads this program to', hosts), ...list('It reads', paths)].join(
        '\n',
      ),
      buttons: ['Do not save', 'Save'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    return response === 1
  }

const list = (head: string, places: readonly string[]): readonly string[] =>
  places.length === 0 ? [] : ['', `${head}:`, ...places.slice(0, most).map((place) => visible(place.slice(0, 200)))]
