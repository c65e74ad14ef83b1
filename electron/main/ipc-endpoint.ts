import { type BrowserWindow, type IpcMainInvokeEvent, ipcMain } from 'electron'
import type { Server } from '../../src/core/contract/server.ts'
import type { Envelope } from '../../src/core/contract/transport.ts'
import { appError } from '../../src/core/domain/app-error.ts'
import { channels } from '../channels.ts'
import { isAppAddress } from './app-path.ts'

/**
 * Connects a window's page with the engine. Who asks is checked first: the main frame of this window, showing a page of
 * ours; then the server checks name and input. Nothing is thrown across. Answers how to end it.
 */
export function connectPage(window: BrowserWindow, server: Pick<Server, 'request' | 'subscribe'>): () => void {
  const contents = window.webContents
  ipcMain.handle(channels.request, async (event, name: unknown, input: unknown): Promise<Envelope> => {
    if (!isOurPage(event, window)) return { ok: false, error: wrongSender }
    return server.request(name, input)
  })
  const unsubscribe = server.subscribe((batch) => {
    if (!contents.isDestroyed() && isAppAddress(contents.mainFrame.url)) contents.send(channels.changes, batch)
  })
  return () => {
    ipcMain.removeHandler(channels.request)
    unsubscribe()
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
