import { contextBridge, ipcRenderer } from 'electron'
import type { DesktopWindow } from '../../src/core/contract/desktop.ts'
import { requestNames } from '../../src/core/contract/names.ts'
import type { Audience } from '../../src/core/contract/presenting.ts'
import type { Envelope, Transport } from '../../src/core/contract/transport.ts'
import { appError, type ErrorCode } from '../../src/core/domain/app-error.ts'
import { channels } from '../channels.ts'

const names: readonly string[] = requestNames
const remedy = 'Report it: it is a bug of this program.'

/**
 * The way to the engine: two functions over plain values. Names outside the contract are refused; nothing of Electron,
 * and no event object, crosses over. Never rejects.
 */
const bridge: Transport = {
  request: async (name, input) => {
    if (!names.includes(name)) return refusal('run.unknown-request', 'There is no such request.')
    try {
      return await ipcRenderer.invoke(channels.request, name, input)
    } catch {
      // A function, or something else that cannot be cloned.
      return refusal('run.malformed-request', 'The request cannot be sent.')
    }
  },
  subscribe: (listener) => {
    const onChanges = (_event: unknown, batch: unknown): void => listener(batch)
    ipcRenderer.on(channels.changes, onChanges)
    return () => void ipcRenderer.off(channels.changes, onChanges)
  },
}

const refusal = (code: ErrorCode, what: string): Envelope => ({ ok: false, error: appError(code, what, remedy) })

/** The way to the window itself: two functions as well. The main process checks what is sent. */
const desktop: DesktopWindow = {
  send: (message) => ipcRenderer.invoke(channels.window, message).catch(() => null),
  onFile: (listener) => {
    const onFile = (): void => listener()
    ipcRenderer.on(channels.fileWaits, onFile)
    return () => void ipcRenderer.off(channels.fileWaits, onFile)
  },
  onTalk: (listener) => {
    const onTalk = (_event: unknown, audience: Audience): void => listener(audience)
    ipcRenderer.on(channels.talk, onTalk)
    return () => void ipcRenderer.off(channels.talk, onTalk)
  },
}

contextBridge.exposeInMainWorld('attestor', Object.freeze(bridge))
contextBridge.exposeInMainWorld('desktop', Object.freeze(desktop))
