import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Digest } from '../../../src/core/domain/digest.ts'

interface FakeContainer {
  readonly image: Digest
  readonly pid: number
}

/** A container engine on a unix socket that knows what a test tells it. */
export class FakeEngine {
  readonly socket: string
  readonly containers = new Map<string, FakeContainer>()
  readonly repoDigests = new Map<Digest, readonly string[]>()
  /** Called while a container is being inspected. */
  onInspect: () => void = () => undefined
  readonly #server = createServer((request, response) => {
    const [, kind, id = ''] = (request.url ?? '').split('/')
    const found = kind === 'containers' ? this.#container(id) : this.#image(id)
    if (found === undefined) response.writeHead(404).end('{"message":"no such thing"}')
    else response.writeHead(200).end(JSON.stringify(found))
  })

  constructor(folder: string) {
    this.socket = join(folder, 'engine.sock')
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.socket, resolve))
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #container(id: string): object | undefined {
    const [full, container] =
      [...this.containers].find(([key]) => id === 'hello' || (id.length >= 12 && key.startsWith(id))) ?? []
    if (container === undefined) return undefined
    this.onInspect()
    return { Id: full, Name: '/hello', Image: container.image, State: { Pid: container.pid } }
  }

  #image(id: string): object | undefined {
    const [image, digests] = [...this.repoDigests].find(([key]) => key === id) ?? []
    return image && { Id: image, RepoDigests: digests, Os: 'linux', Architecture: 'amd64' }
  }
}
