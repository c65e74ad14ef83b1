import { app, type Session, type WebContents } from 'electron'
import { isAppAddress, presenterPage, startPage } from './app-path.ts'

const ours: readonly string[] = [startPage, presenterPage]

/**
 * Locks down every page: it navigates nowhere (except to our start page, which is a reload), opens no window and embeds
 * no other page. A login window's own navigation is decided where that window is created, so it registers itself here
 * first.
 */
export function confineAllPages(decidesItself: (contentsId: number) => boolean): void {
  app.on('web-contents-created', (_event, contents) => {
    const refuse = (details: { readonly url: string; readonly preventDefault: () => void }): void => {
      // Each page may be loaded again, and nothing else: a page never becomes the other one.
      const again = details.url === contents.getURL() && ours.includes(details.url)
      const back = details.url === startPage && contents.getURL() !== presenterPage
      if (!again && !back && !decidesItself(contents.id)) details.preventDefault()
    }
    contents.on('will-navigate', refuse)
    contents.on('will-redirect', refuse)
    contents.on('will-frame-navigate', refuse)
    contents.on('will-attach-webview', (details) => details.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

/**
 * Electron shows about:blank without asking; from there, and from anywhere else, only a return to our window is
 * allowed.
 */
export function comeBack(contents: WebContents): void {
  contents.on('did-navigate', (_event, address) => {
    if (address !== startPage) void contents.loadURL(startPage)
  })
}

/** The only permission of our page: writing text to the clipboard, after a press. */
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

/** Our page requests nothing but app://; any other request is a bug or an attack, and gets no connection. */
export function allowAppOnly(session: Session): void {
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    decide({ cancel: !isAppAddress(url) && !url.startsWith('devtools:') })
  })
}
