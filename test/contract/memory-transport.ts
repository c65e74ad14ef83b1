import type { Server } from '../../src/core/contract/server.ts'
import type { Transport } from '../../src/core/contract/transport.ts'

/** A transport within one process. What crosses is cloned, so that nothing is shared by reference. */
export function memoryTransport(server: Pick<Server, 'request' | 'subscribe'>): Transport {
  return {
    request: async (name, input) => structuredClone(await server.request(name, structuredClone(input))),
    subscribe: (listener) => server.subscribe((batch) => listener(structuredClone(batch))),
  }
}
