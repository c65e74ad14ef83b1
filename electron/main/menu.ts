import { Menu, type MenuItemConstructorOptions, shell } from 'electron'
import { openExternal } from './open-external.ts'

const page = (label: string, address: string): MenuItemConstructorOptions => ({
  label,
  click: () => void openExternal(address, (url) => shell.openExternal(url)),
})

/** The menu: what a keyboard expects, where the words are explained, and `about` for what this program is. */
export function setMenu(development: boolean, about: () => void): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    ...(development ? [{ role: 'toggleDevTools' } as const] : []),
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { label: 'File', submenu: [{ role: 'quit' }] },
      { role: 'editMenu' },
      { label: 'View', submenu: view },
      {
        label: 'Help',
        submenu: [
          page('Sigstore', 'https://docs.sigstore.dev/'),
          page('SPIFFE and SPIRE', 'https://spiffe.io/docs/latest/spiffe-about/overview/'),
          // The page listens to this key itself.
          { label: 'About', accelerator: 'F1', registerAccelerator: false, click: about },
        ],
      },
    ]),
  )
}
