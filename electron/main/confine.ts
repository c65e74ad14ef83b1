import { app, type Session, type WebContents } from 'electron'
import { isAppAddress, startPage } from './app-path.ts'

/**
 * Whatever page there ever is: it goes nowhere (our start page again is a reload), opens nothing and holds no other
 * page. A login window's own navigation is decided where that window is made, so it names itself here first.
 */
export function confineAllPages(decidesItself: (contentsId: number) => boolean): void {
  app.on('web-contents-created', (_event, contents) => {
    const refuse = (details: { readonly url: string; readonly preventDefault: () => void }): void => {
      if (details.url !== startPage && !decidesItself(contents.id)) details.preventDefault()
    }
    contents.on('will-navigate', refuse)
    contents.on('will-redirect', refuse)
    contents.on('will-frame-navigate', refuse)
    contents.on('will-attach-webview', (details) => details.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

/** Electron asks nobody before it shows about:blank; from there, and from anywhere else, our window comes back. */
export function comeBack(contents: WebContents): void {
  contents.on('did-navigate', (_event, address) => {
    if (address !== startPage) void contents.loadURL(startPage)
  })
}

/** The one thing that our page may do beyond its frame: put text on the clipboard, after a press. */
const granted = 'clipboard-sanitized-write'

/** Denies what a page can ask for, and lets nothing be downloaded. `ours` grants the clipboard to our own page. */
export function confineSession(session: Session, ours: boolean): void {
  const may = (permission: string, origin: string): boolean => ours && permission === granted && isAppAddress(origin)
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(may(permission, details.requestingUrl))
  })
  session.setPermissionCheckHandler((_contents, permission, origin) => may(permission, origin))
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler(null)
  session.on('will-download', (event) => event.preventDefault())
}

/** Our page asks for nothing but app://; what asks for more is a bug or an attack, and gets no connection. */
export function allowAppOnly(session: Session): void {
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    decide({ cancel: !isAppAddress(url) && !url.startsWith('devtools:') })
  })
}
