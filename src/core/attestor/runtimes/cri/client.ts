import { Client, credentials, status } from '@grpc/grpc-js'
import { type AppError, appError } from '../../../domain/app-error.ts'
import { err, ok, type Result } from '../../../domain/result.ts'
import { type CallOutcome, callUnary, localSocketOptions } from '../../../network/unary-call.ts'
import { criMethods, criService } from './services.ts'

/** As much as is accepted from Docker's API: a description has some ten kilobytes. */
const maxAnswer = 4 * 1024 * 1024

const options = { ...localSocketOptions, 'grpc.max_receive_message_length': maxAnswer }

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
    if (!('failed' in first) || first.failed.code !== status.UNAVAILABLE || signal.aborted) return this.#result(first)
    return this.#result(await this.#call(method, request, signal))
  }

  close(): void {
    this.#client?.close()
    this.#client = undefined
  }

  async #call(method: keyof typeof criMethods, request: object, signal: AbortSignal): Promise<CallOutcome<unknown>> {
    const found = criService(criMethods[method])[method]
    if (found === undefined) throw new Error(`No method ${method} is defined.`)
    const client = (this.#client ??= new Client(`unix:${this.#socket}`, credentials.createInsecure(), options))
    const outcome = await callUnary(client, found, request, signal)
    if ('failed' in outcome && outcome.failed.code === status.UNAVAILABLE && this.#client === client) this.close()
    return outcome
  }

  #result(outcome: CallOutcome<unknown>): Result<unknown> {
    if ('answer' in outcome) return ok(outcome.answer)
    const { code, details } = outcome.failed
    if (code === status.NOT_FOUND) return err(unknownToRuntime(details))
    if (code === status.UNAVAILABLE || code === status.CANCELLED) {
      return err(unreachable(this.#socket, code === status.CANCELLED ? 'no answer in time' : details))
    }
    return err(unusableAnswer(this.#socket, 'an answer', `${status[code]}: ${details}`))
  }
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
