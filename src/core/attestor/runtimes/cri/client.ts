import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { type AppError, appError } from '../../../domain/app-error.ts'
import { err, ok, type Result } from '../../../domain/result.ts'
import { criMethods, criService } from './services.ts'

/** As much as is accepted from Docker's API: a description has some ten kilobytes. */
const maxAnswer = 4 * 1024 * 1024

const options = {
  'grpc.max_receive_message_length': maxAnswer,
  'grpc.max_metadata_size': 64 * 1024,
  // Its statistics are not read.
  'grpc.enable_channelz': 0,
  // A runtime answers itself: a proxy of the environment is for the network.
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // Its clients share no connection: each has its own, and loses it.
  'grpc.use_local_subchannel_pool': 1,
}

/** The container runtime interface behind a unix socket, as a client that only reads. */
export class CriClient {
  readonly #socket: string
  #client: Client | undefined

  constructor(socket: string) {
    this.#socket = socket
  }

  /**
   * Calls a method. A connection that fails is replaced: the runtime may have been restarted, and gRPC would wait before
   * it connects again. All calls only read, so one that failed with its connection is repeated once.
   */
  async call(method: keyof typeof criMethods, request: object, signal: AbortSignal): Promise<Result<unknown>> {
    const first = await this.#call(method, request, signal)
    if (!(first instanceof Failed) || first.code !== status.UNAVAILABLE || signal.aborted) return this.#result(first)
    return this.#result(await this.#call(method, request, signal))
  }

  close(): void {
    this.#client?.close()
    this.#client = undefined
  }

  async #call(method: keyof typeof criMethods, request: object, signal: AbortSignal): Promise<unknown> {
    const client = (this.#client ??= new Client(`unix:${this.#socket}`, credentials.createInsecure(), options))
    const answer = await callOnce(client, method, request, signal)
    if (answer instanceof Failed && answer.code === status.UNAVAILABLE && this.#client === client) this.close()
    return answer
  }

  #result(answer: unknown): Result<unknown> {
    if (!(answer instanceof Failed)) return ok(answer)
    const { code, details } = answer
    if (code === status.NOT_FOUND) return err(unknownToRuntime(details))
    if (code === status.UNAVAILABLE || code === status.CANCELLED) {
      return err(unreachable(this.#socket, details))
    }
    return err(unusableAnswer(this.#socket, 'an answer', `${status[code]}: ${details}`))
  }
}

/** Why a call has no answer. */
class Failed {
  readonly code: status
  readonly details: string
  /** The library's error for an answer that it cannot decompress has neither. */
  constructor({ code, details }: Partial<Pick<ServiceError, 'code' | 'details'>>) {
    this.code = code ?? status.INTERNAL
    // The runtime chooses the words.
    this.details = (details ?? 'it cannot be read, perhaps compressed in an unknown way').slice(0, 300)
  }
}

/** Ended by us. */
const late = (): Failed => new Failed({ code: status.CANCELLED, details: 'no answer in time' })

function callOnce(
  client: Client,
  method: keyof typeof criMethods,
  request: object,
  signal: AbortSignal,
): Promise<unknown> {
  const found = criService(criMethods[method])[method]
  if (found === undefined) throw new Error(`No method ${method} is defined.`)
  const { path, requestSerialize, responseDeserialize } = found
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(late())
      return
    }
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, value) => {
      signal.removeEventListener('abort', cancel)
      resolve(error === null ? value : new Failed(error))
    })
    // It ends here too: a call that has failed inside the library is not ended by it.
    const cancel = (): void => {
      resolve(late())
      call.cancel()
    }
    signal.addEventListener('abort', cancel, { once: true })
  })
}

/** The same code as for an engine: the gates treat both alike. */
export const unknownToRuntime = (found: string): AppError =>
  appError('engine.unknown', 'The container runtime does not know it.', 'Look at another runtime.', {
    expected: 'a container or an image of this runtime',
    found,
  })

const unreachable = (socket: string, found: string): AppError =>
  appError('engine.unreachable', 'The container runtime did not answer.', 'Start the container runtime.', {
    expected: `an answer at ${socket}`,
    found,
  })

/** An answer that is not accepted. */
export const unusableAnswer = (socket: string, expected: string, found: string): AppError =>
  appError(
    'engine.unusable',
    'The container runtime gave an answer that is not accepted.',
    `Look at the runtime at ${socket}.`,
    { expected, found: found.slice(0, 500) },
  )
