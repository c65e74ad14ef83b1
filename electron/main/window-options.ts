import type { BrowserWindowConstructorOptions, WebPreferences } from 'electron'

/** What our pages may not do, stated one by one although most of it is Electron's default. */
const confined = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webviewTag: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  plugins: false,
  navigateOnDragDrop: false,
  spellcheck: false,
} as const satisfies WebPreferences

const pageWindow = {
  width: 1280,
  height: 800,
  minWidth: 640,
  minHeight: 480,
  useContentSize: true,
  show: false,
  autoHideMenuBar: true,
} as const satisfies BrowserWindowConstructorOptions

/** The window of the story. */
export const windowOptions = (preload: string): BrowserWindowConstructorOptions => ({
  ...pageWindow,
  title: 'sigstore-attestor',
  webPreferences: { ...confined, preload },
})

/** The presenter's window, in a session of its own. */
export const presenterWindowOptions = (preload: string, partition: string): BrowserWindowConstructorOptions => ({
  ...pageWindow,
  title: 'Presenter',
  webPreferences: { ...confined, preload, partition },
})

/** The window of a login: no preload, and a partition without `persist:`, which is discarded with its last window. */
export const loginWindowOptions = (partition: string, show: boolean): BrowserWindowConstructorOptions => ({
  title: 'Log in',
  show,
  width: 520,
  height: 640,
  useContentSize: true,
  autoHideMenuBar: true,
  minimizable: false,
  fullscreenable: false,
  webPreferences: { ...confined, partition },
})
