import { Client, credentials, status } from '@grpc/grpc-js'
import { callUnary, localSocketOptions } from '../network/unary-call.ts'

/** gRPC's health protocol (grpc/health/v1/health.proto): an empty request asks for the whole server. */
const check = {
  path: '/grpc.health.v1.Health/Check',
  requestSerialize: (request: Buffer) => request,
  responseDeserialize: (answer: Buffer) => answer,
}
/** A HealthCheckResponse whose status, field 1, is SERVING. */
const serving = Buffer.from([0x08, 1])

/**
 * Whether the SPIRE server or agent at this socket is healthy: true, or what it said. Asks what `spire-server
 * healthcheck` and `spire-agent healthcheck` ask (spire v1.15.3, cmd/spire-agent/cli/healthcheck), without a process for
 * each question.
 */
export async function healthy(socket: string, signal: AbortSignal): Promise<boolean | string> {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), localSocketOptions)
  const outcome = await callUnary(client, check, Buffer.alloc(0), signal)
  client.close()
  if ('failed' in outcome) {
    const { code, details } = outcome.failed
    return `its health check at ${socket} failed: ${status[code] ?? code}${details === '' ? '' : `, ${details}`}`
  }
  return serving.equals(outcome.answer) || 'its health check says that it does not serve'
}
