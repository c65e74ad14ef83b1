import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { type criMethods, criService } from '../../../src/core/attestor/runtimes/cri/services.ts'
import type { Digest } from '../../../src/core/domain/oci/digest.ts'

type Method = keyof typeof criMethods
type Request = Record<string, unknown> & {
  readonly container_id?: string
  readonly filter?: { readonly id: string }
  readonly image?: { readonly image: string }
}

/** An answer, or a gRPC status; undefined for none at all. */
export type CriAnswer = object | { readonly code: status; readonly details: string } | undefined

/** A container that the runtime knows. */
export interface FakeContainer {
  readonly image: Digest
  readonly pid: number
  /** More of the info of its status. */
  readonly info?: object
  readonly state?: number
}

const notFound = (details: string): CriAnswer => ({ code: status.NOT_FOUND, details })

/** A container runtime interface on a unix socket that answers as a test wants. */
export class FakeCri {
  readonly socket: string
  readonly containers = new Map<string, FakeContainer>()
  readonly sandboxes = new Set<string>()
  readonly repoDigests = new Map<string, readonly string[]>()
  /** Answers in place of the usual ones. */
  readonly instead = new Map<Method, (request: Request, usual: CriAnswer) => CriAnswer>()
  readonly calls: Method[] = []
  #server: Server | undefined

  constructor(folder: string) {
    this.socket = join(folder, 'cri.sock')
  }

  async start(): Promise<void> {
    const server = new Server()
    const unary =
      (method: Method, usual: (request: Request) => CriAnswer) =>
      ({ request }: ServerUnaryCall<Request, object>, send: sendUnaryData<object>): void => {
        this.calls.push(method)
        const answer = (this.instead.get(method) ?? ((_, each) => each))(request, usual(request))
        if (answer === undefined) return
        if ('code' in answer) send({ code: answer.code, details: answer.details })
        else send(null, answer)
      }
    server.addService(criService('RuntimeService'), {
      Version: unary('Version', () => ({ runtime_name: 'fake', runtime_version: '1', runtime_api_version: 'v1' })),
      ListContainers: unary('ListContainers', (request) => this.#list(request)),
      ContainerStatus: unary('ContainerStatus', (request) => this.#status(request)),
      PodSandboxStatus: unary('PodSandboxStatus', ({ pod_sandbox_id: id }) =>
        this.sandboxes.has(String(id))
          ? { status: { id, metadata: { name: 'pod', namespace: 'default' } } }
          : notFound('no such sandbox'),
      ),
    })
    server.addService(criService('ImageService'), {
      ImageStatus: unary('ImageStatus', (request) => this.#image(request)),
    })
    rmSync(this.socket, { force: true })
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${this.socket}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      )
    })
    this.#server = server
  }

  /** Ends it with all connections; it can be started again. */
  stop(): void {
    this.#server?.forceShutdown()
    this.#server = undefined
  }

  #list({ filter }: Request): CriAnswer {
    const found = [...this.containers].filter(([id]) => id.startsWith(filter?.id ?? ''))
    return {
      containers: found.map(([id, { image }]) => ({ id, pod_sandbox_id: sandboxId, image_ref: image, image_id: '' })),
    }
  }

  #status({ container_id: id = '' }: Request): CriAnswer {
    const container = this.containers.get(id)
    if (container === undefined) return notFound(`container ${id}`)
    const info = { sandboxID: sandboxId, pid: container.pid, ...container.info }
    return {
      status: {
        id,
        metadata: { name: 'main' },
        state: container.state ?? 1,
        image: { image: 'localhost/x:latest' },
        image_ref: 'localhost/other@sha256:0',
        labels: { 'io.kubernetes.pod.name': 'web', 'io.kubernetes.pod.namespace': 'default' },
      },
      info: { info: JSON.stringify(info) },
    }
  }

  #image({ image }: Request): CriAnswer {
    const id = image?.image ?? ''
    const places = this.repoDigests.get(id)
    if (places === undefined) return { image: null, info: {} }
    const imageSpec = { os: 'linux', architecture: 'amd64', config: { Entrypoint: ['/workload'] } }
    return { image: { id, repo_digests: places }, info: { info: JSON.stringify({ imageSpec }) } }
  }
}

export const sandboxId = 'a'.repeat(64)
