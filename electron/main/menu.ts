import { type BrowserWindow, Menu, type MenuItemConstructorOptions, shell } from 'electron'
import { zoomPage } from './manners/zoom.ts'
import { openExternal } from './open-external.ts'

const page = (label: string, address: string): MenuItemConstructorOptions => ({
  label,
  click: () => void openExternal(address, (url) => shell.openExternal(url)),
})

/** What the menu does beyond Electron's own roles. */
export interface MenuActions {
  readonly reload: () => Promise<void>
  /** Presses a key of the page, which listens to it itself. */
  readonly press: (key: string, modifiers?: readonly 'control'[]) => void
}

/** The menu: standard keyboard entries, where the terms are explained, and what this program is. */
export function setMenu(window: BrowserWindow, development: boolean, { reload, press }: MenuActions): void {
  // Keys that the window or the page handles on every keyboard layout; the menu only shows them.
  const shown = (accelerator: string) => ({ accelerator, registerAccelerator: false })
  const zoom = (by: 'in' | 'out' | 'reset') => () => zoomPage(window.webContents, by)
  const view: MenuItemConstructorOptions[] = [
    { label: '&Reload', accelerator: 'CmdOrCtrl+R', click: () => void reload() },
    { type: 'separator' },
    { label: '&Actual Size', ...shown('CmdOrCtrl+0'), click: zoom('reset') },
    { label: 'Zoom &In', ...shown('CmdOrCtrl+Plus'), click: zoom('in') },
    { label: 'Zoom &Out', ...shown('CmdOrCtrl+-'), click: zoom('out') },
    { type: 'separator' },
    { label: '&Mask for Cameras', ...shown('M'), click: () => press('m') },
    { type: 'separator' },
    { role: 'togglefullscreen', label: '&Full Screen' },
    ...(development ? [{ role: 'toggleDevTools', label: '&Developer Tools' } as const] : []),
  ]
  const edit: MenuItemConstructorOptions[] = [
    { role: 'undo', label: '&Undo' },
    { role: 'redo', label: '&Redo' },
    { type: 'separator' },
    { role: 'cut', label: 'Cu&t' },
    { role: 'copy', label: '&Copy' },
    { role: 'paste', label: '&Paste' },
    { role: 'selectAll', label: 'Select &All' },
    { type: 'separator' },
    { label: '&Find', ...shown('CmdOrCtrl+F'), click: () => press('f', ['control']) },
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { label: '&File', submenu: [{ role: 'quit', label: '&Quit' }] },
      { label: '&Edit', submenu: edit },
      { label: '&View', submenu: view },
      {
        label: '&Help',
        submenu: [
          page('&Sigstore', 'https://docs.sigstore.dev/'),
          page('S&PIFFE and SPIRE', 'https://spiffe.io/docs/latest/spiffe-about/overview/'),
          { label: '&About', ...shown('F1'), click: () => press('F1') },
        ],
      },
    ]),
  )
}
