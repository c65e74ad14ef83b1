import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Digest } from '../../../src/core/domain/oci/digest.ts'

interface FakeContainer {
  readonly image: Digest
  readonly pid: number
  /** Overrides of a container that was launched as its image says. */
  readonly launched?: object
}

/** A container engine on a unix socket that knows what a test configures. */
export class FakeEngine {
  readonly socket: string
  readonly containers = new Map<string, FakeContainer>()
  readonly repoDigests = new Map<Digest, readonly string[]>()
  /** Called while a container is being inspected. */
  onInspect: () => void = () => undefined
  /** What each image starts. */
  imageStart: object = { Entrypoint: ['/workload'], Cmd: null, Env: ['A=1'], User: '65532:65532', WorkingDir: '' }
  /** Exec sessions, by id. */
  readonly programs = new Map<string, readonly [string, ...string[]]>()
  /** Every requested path. */
  readonly asked: string[] = []
  /** The reported changes: path and kind (0 changed, 1 added, 2 deleted). */
  changes: readonly (readonly [path: string, kind: number])[] = []
  /** Podman's description of images in its own form; it does not answer without one. */
  podmanImage: object | undefined = {}
  /** How it names itself; Docker Engine's events are followed. */
  server = ''
  /** The events, and how many are kept, as Docker Engine does (moby, daemon/events). */
  readonly events: { readonly id: string; readonly Action: string; readonly ms: number }[] = []
  answersEvents = true
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine')
    const [, kind, id = '', own] = url.pathname.split('/')
    this.asked.push(url.pathname)
    if (this.server !== '') response.setHeader('server', this.server)
    if (kind === '_ping') {
      response.writeHead(200).end('OK')
      return
    }
    if (kind === 'events') {
      if (this.answersEvents) response.writeHead(200).end(this.#eventsBetween(url.searchParams))
      return
    }
    if (kind === 'containers' && id === 'json') {
      response.writeHead(200).end(JSON.stringify([...this.containers.keys()].map((Id) => ({ Id }))))
      return
    }
    if (own === 'changes') {
      response.writeHead(200).end(JSON.stringify(this.changes.map(([Path, Kind]) => ({ Path, Kind }))))
      return
    }
    if (own === 'images') {
      response.writeHead(this.podmanImage === undefined ? 500 : 200).end(JSON.stringify(this.podmanImage))
      return
    }
    const found = kind === 'containers' ? this.#container(id) : kind === 'exec' ? this.#program(id) : this.#image(id)
    if (found === undefined) response.writeHead(404).end('{"message":"no such thing"}')
    else response.writeHead(200).end(JSON.stringify(found))
  })

  constructor(folder: string) {
    this.socket = join(folder, 'engine.sock')
  }

  /** An event of a container; `ms` is when, by the engine's clock. */
  happens(Action: string, id: string, ms = Date.now()): void {
    this.events.push({ id, Action, ms })
    if (this.events.length > 256) this.events.shift()
  }

  #eventsBetween(asked: URLSearchParams): string {
    const [since = 0, until = 0] = ['since', 'until'].map((key) => Math.round(Number(asked.get(key)) * 1_000))
    const end = this.events.findLastIndex(({ ms }) => ms < since)
    const found = this.events.slice(end + 1).filter(({ ms }) => ms <= until)
    return found
      .map(
        ({ ms, ...event }) =>
          `${JSON.stringify({ ...event, Actor: { ID: event.id } }).slice(0, -1)},"timeNano":${ms}000000}\n`,
      )
      .join('')
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.socket, resolve))
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #program(id: string): object | undefined {
    const [entrypoint, ...words] = this.programs.get(id) ?? []
    return entrypoint === undefined ? undefined : { ID: id, ProcessConfig: { entrypoint, arguments: words } }
  }

  #container(id: string): object | undefined {
    const [full, container] =
      [...this.containers].find(([key]) => id === 'hello' || (id.length >= 12 && key.startsWith(id))) ?? []
    if (container === undefined) return undefined
    this.onInspect()
    return {
      Id: full,
      Name: '/hello',
      Image: container.image,
      State: { Pid: container.pid },
      ...this.#launch(container),
    }
  }

  #launch({ launched }: FakeContainer): object {
    const HostConfig = {
      Privileged: false,
      CapAdd: null,
      PidMode: '',
      IpcMode: 'private',
      Devices: [],
      SecurityOpt: null,
    }
    return { Path: '/workload', Args: [], Config: this.imageStart, HostConfig, Mounts: [], ExecIDs: null, ...launched }
  }

  #image(id: string): object | undefined {
    const [image, digests] = [...this.repoDigests].find(([key]) => key === id) ?? []
    return image && { Id: image, RepoDigests: digests, Os: 'linux', Architecture: 'amd64', Config: this.imageStart }
  }
}
