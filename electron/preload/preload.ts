import { contextBridge, ipcRenderer } from 'electron'
import { requestNames } from '../../src/core/contract/names.ts'
import type { Transport } from '../../src/core/contract/transport.ts'
import { appError } from '../../src/core/domain/app-error.ts'
import { channels } from '../channels.ts'

const names: readonly string[] = requestNames

/**
 * All that the page gets: two functions over plain values. Names that are not in the contract go no further; nothing of
 * Electron, and no event object, crosses over.
 */
const bridge: Transport = {
  request: async (name, input) => {
    if (names.includes(name)) return ipcRenderer.invoke(channels.request, name, input)
    const error = appError(
      'run.unknown-request',
      'There is no such request.',
      'Report it: it is a bug of this program.',
    )
    return { ok: false, error }
  },
  subscribe: (listener) => {
    const onChanges = (_event: unknown, batch: unknown): void => listener(batch)
    ipcRenderer.on(channels.changes, onChanges)
    return () => ipcRenderer.off(channels.changes, onChanges)
  },
}

contextBridge.exposeInMainWorld('engine', Object.freeze(bridge))
