import { type BrowserWindow, type IpcMainInvokeEvent, ipcMain } from 'electron'
import { type GivenFile, type WindowMessage, windowMessageSchema } from '../../src/core/contract/desktop.ts'
import {
  type Audience,
  type PresenterMessage,
  type PresenterView,
  presenterMessageSchema,
} from '../../src/core/contract/presenting.ts'
import type { Server } from '../../src/core/contract/server.ts'
import type { Envelope } from '../../src/core/contract/transport.ts'
import { appError } from '../../src/core/domain/app-error.ts'
import { channels } from '../channels.ts'
import { isAppAddress, presenterPage } from './app-path.ts'

/** What answers the page beside the engine. */
export interface WindowHandler {
  readonly onMessage: (message: WindowMessage) => GivenFile | null
}

/** The connection to a page. */
export interface PageConnection {
  /** Notifies the page that a file is waiting. */
  readonly fileWaits: () => void
  /** Shows the page where a talk is. Notes are not in it. */
  readonly talk: (audience: Audience) => void
  readonly end: () => void
}

/**
 * Connects a window's page to the engine and to its window. The sender is checked first (the main frame of this window,
 * showing one of our pages), then name and input. Errors are returned, never thrown across.
 */
export function connectPage(
  window: BrowserWindow,
  server: Pick<Server, 'request' | 'subscribe'>,
  { onMessage }: WindowHandler,
): PageConnection {
  const contents = window.webContents
  ipcMain.handle(channels.request, async (event, name: unknown, input: unknown): Promise<Envelope> => {
    if (!isOurPage(event, window)) return { ok: false, error: wrongSender }
    return server.request(name, input)
  })
  ipcMain.handle(channels.window, (event, input: unknown): GivenFile | null => {
    const message = windowMessageSchema.safeParse(input)
    return isOurPage(event, window) && message.success ? onMessage(message.data) : null
  })
  const send = (channel: string, content?: unknown): void => {
    if (!contents.isDestroyed() && isAppAddress(contents.mainFrame.url)) contents.send(channel, content)
  }
  const unsubscribe = server.subscribe((batch) => send(channels.changes, batch))
  return {
    fileWaits: () => send(channels.fileWaits),
    talk: (audience) => send(channels.talk, audience),
    end: () => {
      ipcMain.removeHandler(channels.request)
      ipcMain.removeHandler(channels.window)
      unsubscribe()
    },
  }
}

/** The connection to the presenter's page. */
export interface PresenterConnection {
  readonly show: (view: PresenterView) => void
  readonly end: () => void
}

/**
 * Connects the presenter's page: it can press keys of the talk, and is shown what belongs to it. There is no way from it
 * to the engine. The sender is checked as above.
 */
export function connectPresenter(
  window: BrowserWindow,
  onMessage: (message: PresenterMessage) => void,
): PresenterConnection {
  const contents = window.webContents
  ipcMain.handle(channels.presenter, (event, input: unknown) => {
    const message = presenterMessageSchema.safeParse(input)
    if (isOurPage(event, window) && message.success) onMessage(message.data)
    return null
  })
  return {
    show: (view) => {
      if (!contents.isDestroyed() && contents.mainFrame.url === presenterPage)
        contents.send(channels.presenterView, view)
    },
    end: () => ipcMain.removeHandler(channels.presenter),
  }
}

function isOurPage({ sender, senderFrame }: IpcMainInvokeEvent, window: BrowserWindow): boolean {
  if (window.isDestroyed() || sender !== window.webContents || senderFrame === null) return false
  return senderFrame === sender.mainFrame && isAppAddress(senderFrame.url)
}

const wrongSender = appError(
  'run.wrong-sender',
  'Only the page of the window may ask the engine.',
  'Report it: it is a bug of this program, or an attack on it.',
)
