import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import type { LogEntryFacts } from '../../../src/core/domain/log/log-entry.ts'
import { readBackOverHttp } from '../../../src/core/sigstore/logs/read-back.ts'

/** Answers a request for this path. */
export type Handler = (path: string, response: ServerResponse, request: IncomingMessage) => void

let server: Server | undefined
/** Ends the server of a test. */
export const endServer = (): void => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
}

/** Starts a server on loopback, and returns its address. */
export async function serve(handler: Handler): Promise<string> {
  const listening = createServer((request, response) => handler(request.url ?? '', response, request))
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/`
}

/** Answers JSON. */
export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

type Options = Parameters<typeof readBackOverHttp>[0]
/** Reads an entry back, and returns the result. */
export async function read(options: Omit<Options, 'signal'>, signal = new AbortController().signal) {
  const back = await readBackOverHttp({ ...options, signal })
  if (!back.ok) throw new Error(back.error.code)
  return back.value
}
/** The checks that did not pass, with their words. */
export const fallen = ({ checks }: Awaited<ReturnType<typeof read>>): readonly string[] =>
  checks.filter(({ verdict }) => verdict !== 'passed').map(({ id, verdict }) => `${id} ${verdict}`)

/** The log entry of a bundle. */
export function factsOf(json: string): LogEntryFacts {
  const facts = readBundleFacts(json)
  if (!facts.ok) throw new Error(facts.error.found)
  return facts.value.logEntry
}

/** What any server may return instead of the expected response, and the words that report it. */
export const otherAnswers: readonly (readonly [string, RegExp, Handler])[] = [
  [
    'a web page',
    /a web page \(HTTP 200\)/,
    (_, response) => response.setHeader('content-type', 'text/html').end('<p>'),
  ],
  ['an error', /HTTP 503/, (_, response) => response.writeHead(503).end()],
  ['a redirect', /a redirect to/, (_, response) => response.writeHead(302, { location: 'http://localhost/' }).end()],
  [
    'an answer without end',
    /an answer of more than/,
    (_, response) => {
      const more = (): void =>
        void (response.write(Buffer.alloc(64 * 1024, 32)) ? setImmediate(more) : response.once('drain', more))
      more()
    },
  ],
  ['nothing at all', /./, (_, response) => response.socket?.destroy()],
]
