import { contextBridge, ipcRenderer } from 'electron'
import type { PresenterView, PresenterWindow } from '../../src/core/contract/presenting.ts'
import { channels } from '../channels.ts'

/** The presenter's page has two functions, and no way to the engine. The main process checks what is sent. */
const presenter: PresenterWindow = {
  send: (message) => ipcRenderer.invoke(channels.presenter, message).catch(() => null),
  onView: (listener) => {
    const onView = (_event: unknown, view: PresenterView): void => listener(view)
    ipcRenderer.on(channels.presenterView, onView)
    return () => void ipcRenderer.off(channels.presenterView, onView)
  },
}

contextBridge.exposeInMainWorld('presenter', Object.freeze(presenter))
