import { Agent, request } from 'node:http'
import { errorCode } from '../../files/read-regular.ts'

// The attestor is one file for any SPIRE agent: dockerode brings an SSH client with native code along, and undici costs a
// tenth of a second and several MB at the start. So it sends its few reads with Node's own client, all of them here.
// Everything else goes through dockerode.

/** The engine's response. */
export interface HttpAnswer {
  readonly status: number
  /** The engine that names itself so. */
  readonly server: string
  readonly body: Buffer
}

const maxAnswer = 4 * 1024 * 1024
/** Why a response that is too long is rejected. */
export const tooLong = `more than ${maxAnswer} bytes`

/**
 * Kept open between requests: opening one costs the engine and us more than many a request. Several, because containers
 * that start together query together; not for long.
 */
const connections = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 10_000 })

/** Sends GET to an engine. Rejects when there is no response, or one that is too long. */
export function getOverSocket(
  socketPath: string,
  path: string,
  signal: AbortSignal,
  again = false,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, path, signal, headers: { host: 'engine' }, agent: again ? false : connections }
    const asked = request(options, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > maxAnswer) asked.destroy(new Error(tooLong))
        else chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, server: String(headers['server'] ?? ''), body: Buffer.concat(chunks) })
      })
    })
    asked.on('error', (error) => {
      // The engine had closed it: the request only reads, so it is repeated on a new connection.
      if (asked.reusedSocket && !again && !signal.aborted) resolve(getOverSocket(socketPath, path, signal, true))
      else reject(error)
    })
    asked.end()
  })
}

/** Whether an engine answers: true, or what came instead. For `/version`, Docker would start two programs each time. */
export async function pingEngine(socketPath: string, signal: AbortSignal): Promise<true | string> {
  try {
    const { status } = await getOverSocket(socketPath, '/_ping', signal)
    return status === 200 || `it answers ${status}`
  } catch (error) {
    if (signal.aborted) return 'no answer in time'
    if (error instanceof Error && error.message === tooLong) return tooLong
    return errorCode(error)
  }
}
