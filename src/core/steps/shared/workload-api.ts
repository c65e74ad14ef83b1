import { basename, dirname, join } from 'node:path'
import { apiSocket, socketMount } from '../../containers/images/demo-image.ts'

/** The Workload API for the demo workload, and the folder with its attestor's decisions. */
export interface WorkloadApi {
  readonly mount: { readonly source: string; readonly target: string }
  /** The folder of the decision records. */
  readonly decisions: string
}

/**
 * How the socket gets to where the image expects it: with its folder, so that an agent may recreate it; if its name
 * differs there, on its own.
 */
export const workloadApi = (socket: string, decisions: string): WorkloadApi => ({
  mount:
    basename(socket) === apiSocket
      ? { source: dirname(socket), target: socketMount }
      : { source: socket, target: join(socketMount, apiSocket) },
  decisions,
})
