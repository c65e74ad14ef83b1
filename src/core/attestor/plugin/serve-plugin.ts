import { rmSync } from 'node:fs'
import { type ServerUnaryCall, type sendUnaryData, status, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { z } from 'zod'
import { log } from './go-plugin/hclog.ts'
import { serveGoPlugin } from './go-plugin/server.ts'
import { pluginServices } from './go-plugin/services.ts'
import { AttestorPlugin, CallError } from './plugin.ts'
import { makePrivateFolder } from './private-folder.ts'

const attestRequest = z.object({ pid: z.number().int().positive() })
const configureRequest = z.object({ hcl_configuration: z.string() })

type Unary = (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => void

/** A gRPC method from an async function. Whatever it throws becomes a status; nothing ends the process. */
const unary =
  (handle: (request: unknown) => Promise<object>): Unary =>
  (call, answer) => {
    handle(call.request).then(
      (value) => answer(null, value),
      (error: unknown) => {
        const code = error instanceof CallError ? error.code : status.INTERNAL
        const details = error instanceof Error ? error.message : 'unknown error'
        if (code === status.INTERNAL) log('error', 'A call failed unexpectedly', { error: details })
        answer({ code, details })
      },
    )
  }

function services(plugin: AttestorPlugin): Readonly<Record<string, UntypedServiceImplementation>> {
  return {
    'spire.service.private.init.v1.Init': {
      Init: unary(async () => ({ plugin_service_names: Object.values(pluginServices) })),
      Deinit: unary(async () => ({})),
    },
    [pluginServices.config]: {
      Configure: unary(async (request) => {
        await plugin.configure(configureRequest.parse(request).hcl_configuration)
        return {}
      }),
      Validate: unary(async (request) => {
        const notes = await plugin.validate(configureRequest.parse(request).hcl_configuration)
        return { valid: notes.length === 0, notes }
      }),
    },
    [pluginServices.attestor]: {
      Attest: unary(async (request) => {
        const parsed = attestRequest.safeParse(request)
        if (!parsed.success) throw new CallError(status.INVALID_ARGUMENT, 'The pid is not a positive number.')
        return { selector_values: await plugin.attest(parsed.data.pid) }
      }),
    },
  }
}

/** Serves as a plugin until the agent that started it is gone or requests the end. */
export async function servePlugin(): Promise<void> {
  // The agent does not restart a plugin. So an unexpected error is logged and the process lives on.
  process.on('uncaughtException', (error) => log('error', 'Unforeseen error', { error: error.message }))
  process.on('unhandledRejection', (error) => log('error', 'Unforeseen rejection', { error: String(error) }))
  // Node would write text, which is no line of a log in JSON.
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => log('warn', 'Node warns', { warning: `${name}: ${message}` }))
  const made = makePrivateFolder(process.env)
  if (!made.ok) throw new Error(`${made.error.what} Found: ${made.error.found}. ${made.error.remedy}`)
  const folder = made.value
  const plugin = new AttestorPlugin(folder)
  await serveGoPlugin({
    services: services(plugin),
    folder,
    onEnd: () => {
      plugin.close()
      rmSync(folder, { recursive: true, force: true })
      process.exit(0)
    },
  })
}
