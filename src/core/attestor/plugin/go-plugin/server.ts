import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { Server, ServerCredentials, type ServerDuplexStream, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { serviceDefinition } from './services.ts'

/** A plugin type's magic cookie: SPIRE sets both key and value to the name of the type. */
export const magicCookie = 'WorkloadAttestor'

/** Whether a go-plugin host started us. */
export const startedByHost = (env: NodeJS.ProcessEnv): boolean => env[magicCookie] === magicCookie

/** How long the host may take to call Shutdown after it closed its stream. */
const goneAfterMs = 2_000

/** How long the host may take to read the answer to Shutdown and close its connection. It kills us after two seconds. */
const answeredWithinMs = 1_000

/** How long the host has to stop this process in its own order after a SIGTERM. */
const hostStopsWithinMs = 5_000

/**
 * Serves a go-plugin over a unix socket, and prints the handshake line as the only line on stdout. `onEnd` is called
 * once, when the host calls Shutdown or goes away.
 */
export async function serveGoPlugin(options: {
  /** Implementations by full service name. */
  readonly services: Readonly<Record<string, UntypedServiceImplementation>>
  /** A private folder; the socket is created in it. */
  readonly folder: string
  readonly onEnd: () => void
}): Promise<void> {
  const socket = join(options.folder, 'plugin.sock')
  // gRPC's own statistics (channelz) are not read, and keeping them costs part of each call.
  const server = new Server({ 'grpc.max_receive_message_length': 1024 * 1024, 'grpc.enable_channelz': 0 })
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    server.forceShutdown()
    options.onEnd()
  }
  // Ends once every call is over, which is when the host has read the answer and closes its connection.
  const endInOrder = (): void => {
    server.tryShutdown(end)
    setTimeout(end, answeredWithinMs)
  }
  const services = { ...options.services, ...hostServices(end, endInOrder) }
  for (const [name, implementation] of Object.entries(services)) {
    server.addService(serviceDefinition(name), implementation)
  }
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    )
  })
  watchParent(end)
  // A supervisor that stops the agent often signals its whole group or cgroup. The agent then still calls Deinit and
  // Shutdown, and would log an error if this process was gone. A signal meant for this process alone ends it later.
  process.on('SIGTERM', () => setTimeout(end, hostStopsWithinMs).unref())
  // Ctrl-C reaches the whole group too; the agent stops us in its own order.
  process.on('SIGINT', () => undefined)
  // Core protocol 1, app protocol 1 (go-plugin docs/internals.md). From here on stdout is silent.
  writeSync(1, `1|1|unix|${socket}|grpc|\n`)
}

function hostServices(end: () => void, endInOrder: () => void): Readonly<Record<string, UntypedServiceImplementation>> {
  return {
    'plugin.GRPCBroker': {
      // The host announces its own services here. None is needed, but a stream that ends makes the load a race.
      StartStream: (call: ServerDuplexStream<unknown, unknown>) => {
        const gone = (): void => {
          setTimeout(end, goneAfterMs).unref()
        }
        call.on('data', () => undefined)
        call.on('end', gone)
        call.on('cancelled', gone)
        call.on('error', gone)
      },
    },
    'plugin.GRPCController': {
      Shutdown: (_: unknown, answer: (error: null, value: object) => void) => {
        answer(null, {})
        endInOrder()
      },
    },
    // SPIRE discards what would come over this stream; it stays open and empty.
    'plugin.GRPCStdio': { StreamStdio: () => undefined },
    'grpc.health.v1.Health': {
      Check: (_: unknown, answer: (error: null, value: object) => void) => answer(null, { status: 1 }),
    },
  }
}

/** A killed parent closes nothing that we could notice, but we get another parent pid. */
function watchParent(end: () => void): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) end()
  }, 500).unref()
}
