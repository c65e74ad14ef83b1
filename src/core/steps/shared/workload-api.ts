import { basename, dirname, join } from 'node:path'
import { apiSocket, socketMount } from '../../containers/images/demo-image.ts'

/** The Workload API as the demo workload is given it, and where the attestor behind it leaves its decisions. */
export interface WorkloadApi {
  readonly mount: { readonly source: string; readonly target: string }
  /** The folder of the decision records. */
  readonly decisions: string
}

/**
 * How a socket comes to where the image looks for it: with its folder, so that an agent may make it anew; where it is
 * called otherwise than there, by itself.
 */
export const workloadApi = (socket: string, decisions: string): WorkloadApi => ({
  mount:
    basename(socket) === apiSocket
      ? { source: dirname(socket), target: socketMount }
      : { source: socket, target: join(socketMount, apiSocket) },
  decisions,
})
