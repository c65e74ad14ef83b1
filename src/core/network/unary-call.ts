import { type Client, type MethodDefinition, status } from '@grpc/grpc-js'

/** Options of a gRPC client for a unix socket on this machine. */
export const localSocketOptions = {
  'grpc.max_metadata_size': 64 * 1024,
  // Its statistics are not read.
  'grpc.enable_channelz': 0,
  // What is on this machine answers itself: a proxy of the environment is for the network.
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // Its clients share no connection: each has its own, and loses it.
  'grpc.use_local_subchannel_pool': 1,
} as const

/** How a call ended: the answer, or the status and the words of the other side. */
export type CallOutcome<Answer> =
  | { readonly answer: Answer }
  | { readonly failed: { readonly code: status; readonly details: string } }

/** Calls a method once; an abort cancels the call. Never rejects. */
export function callUnary<Request, Answer>(
  client: Client,
  method: Pick<MethodDefinition<Request, Answer>, 'path' | 'requestSerialize' | 'responseDeserialize'>,
  request: Request,
  signal: AbortSignal,
): Promise<CallOutcome<Answer>> {
  const { path, requestSerialize, responseDeserialize } = method
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ failed: { code: status.CANCELLED, details: '' } })
      return
    }
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) => {
      signal.removeEventListener('abort', cancel)
      if (error !== null) resolve({ failed: { code: error.code, details: error.details.slice(0, 300) } })
      else if (answer === undefined) resolve({ failed: { code: status.INTERNAL, details: 'no answer' } })
      else resolve({ answer })
    })
    const cancel = (): void => call.cancel()
    signal.addEventListener('abort', cancel, { once: true })
  })
}
