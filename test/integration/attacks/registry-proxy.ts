import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Responds to a request itself, now or later through `onward`, or leaves it to the registry. */
export type Misbehaviour = (
  asked: IncomingMessage,
  response: ServerResponse,
  /** Lets the registry respond after all. */
  onward: () => void,
) => 'answered' | 'pass'

/** A real registry behind an address that a test controls: it forwards everything until configured otherwise. */
export class RegistryProxy {
  readonly #registry: string
  misbehave: Misbehaviour = () => 'pass'
  readonly #server = createServer((asked, response) => {
    const onward = (): void => this.#onward(asked, response)
    if (this.misbehave(asked, response, onward) === 'pass') onward()
  })
  host = ''

  constructor(registry: string) {
    this.#registry = registry
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #onward(asked: IncomingMessage, response: ServerResponse): void {
    const [host, port] = this.#registry.split(':')
    const { method, url: path, headers } = asked
    const onward = request({ host, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    asked.pipe(onward)
  }
}
