import { BrowserWindow, screen, session } from 'electron'
import type { PresenterMessage, PresenterView } from '../../../src/core/contract/presenting.ts'
import { presenterPage } from '../app-path.ts'
import { serveApp } from '../app-protocol.ts'
import { allowAppOnly, confineSession } from '../confine.ts'
import { connectPresenter } from '../ipc-endpoint.ts'
import { bringBack, keepPlace, placeFor } from '../manners/window-places.ts'
import { presenterWindowOptions } from '../window-options.ts'

/** A session of its own, in memory: what it loads is never mixed with the audience's window. */
const partition = 'presenter'

export interface PresenterOptions {
  readonly preload: string
  /** The folder with the pages. */
  readonly page: string
  /** Where its places are kept. */
  readonly places: string
  /** The newest picture of the audience's window, PNG. */
  readonly picture: () => Uint8Array<ArrayBuffer> | undefined
  readonly audience: BrowserWindow
  readonly onMessage: (message: PresenterMessage) => void
  /** A person has closed it. */
  readonly onClosed: () => void
}

/** The presenter's window: notes, clock, and what comes next. It has its own page, session, preload and channels. */
export interface Presenter {
  readonly show: (view: PresenterView) => void
  readonly focus: () => void
  /** Back onto a display that exists. */
  readonly bringBack: () => void
  readonly close: () => void
}

/** Opens the presenter window on the display that the audience's window is not on, where there is one. */
export function openPresenter(options: PresenterOptions): Presenter {
  const own = session.fromPartition(partition)
  if (!own.protocol.isProtocolHandled('app')) {
    serveApp(own.protocol, options.page, { 'audience.png': options.picture })
    confineSession(own, false)
    allowAppOnly(own)
  }
  const window = new BrowserWindow(presenterWindowOptions(options.preload, partition))
  const place = placeFor(
    options.places,
    screen.getAllDisplays(),
    screen.getDisplayMatching(options.audience.getBounds()),
  )
  window.setBounds(place)
  keepPlace(window, options.places, () => screen.getAllDisplays())
  window.setMenu(null)
  const page = connectPresenter(window, options.onMessage)
  window.on('closed', () => {
    page.end()
    options.onClosed()
  })
  window.once('ready-to-show', () => window.show())
  void window.loadURL(presenterPage)
  return {
    show: page.show,
    focus: () => {
      if (window.isDestroyed()) return
      window.show()
      window.moveTop()
      window.focus()
    },
    bringBack: () => bringBack(window, screen.getAllDisplays()),
    close: () => {
      if (!window.isDestroyed()) window.destroy()
    },
  }
}
