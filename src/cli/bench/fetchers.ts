import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type Container, type ContainerSpec, createContainer } from '../../core/containers/container.ts'
import type { Engine } from '../../core/containers/engine/engine.ts'
import { failed, must } from './bench-error.ts'

const answerSchema = z.object({ took: z.array(z.number()), error: z.string().optional() })

/** A container that fetches identities on command. */
export interface Fetcher {
  readonly containerId: string
  /**
   * Calls the Workload API at a socket this many times, one after the other; returns the duration of each, in
   * milliseconds.
   */
  readonly fetch: (socket: string, count: number) => Promise<readonly number[]>
}

/** The containers of a measurement, and the socket over which they receive commands (test/bench/fetcher). */
export class Fetchers {
  /** To be mounted where the program looks for it. */
  readonly mount: ContainerSpec['mounts'][number]
  readonly #server: Server
  readonly #containers: Container[] = []
  readonly #connected: Socket[] = []

  private constructor(folder: string, server: Server) {
    this.mount = { source: folder, target: '/bench' }
    this.#server = server
  }

  static async open(): Promise<Fetchers> {
    const folder = await mkdtemp(join(tmpdir(), 'attestor-bench-'))
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(folder, 'bench.sock'), resolve))
    // The containers' user is any signer.
    await chmod(folder, 0o755)
    await chmod(join(folder, 'bench.sock'), 0o666)
    return new Fetchers(folder, server)
  }

  /** Starts one more, one at a time; ready when its program has connected. `mounts` are added to ours. */
  async start(engine: Engine, image: string, mounts: ContainerSpec['mounts'], signal: AbortSignal): Promise<Fetcher> {
    const name = `sigstore-attestor-bench-${process.pid}-${this.#containers.length}`
    const container = must(await createContainer(engine, { image, name, mounts: [...mounts, this.mount], signal }))
    this.#containers.push(container)
    return this.connect(name, async () => {
      must(await container.start(signal))
      const ended = container.wait().then(() => {
        throw failed(`The program in ${name} ended.`, container.output().stderr.join(' '))
      })
      return { id: container.id, ended }
    })
  }

  /** Serves one container at a time, which the caller starts. `ended` rejects when its program ends. */
  async connect(
    name: string,
    run: () => Promise<{ readonly id: string; readonly ended: Promise<never> }>,
  ): Promise<Fetcher> {
    const connected = new Promise<Socket>((resolve) => this.#server.once('connection', resolve))
    const { id, ended } = await run()
    const socket = await Promise.race([connected, ended])
    this.#connected.push(socket)
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
    const fetch = async (workloadApi: string, count: number): Promise<readonly number[]> => {
      socket.write(`${workloadApi} ${count}\n`)
      const { value } = await Promise.race([lines.next(), ended])
      const { took, error } = answerSchema.parse(JSON.parse(String(value)))
      if (error !== undefined) throw failed(`${name} got no identity from ${workloadApi}.`, error)
      return took
    }
    ended.catch(() => undefined)
    return { containerId: id, fetch }
  }

  /** Removes them all. */
  async close(): Promise<void> {
    await Promise.all(this.#containers.map((container) => container.remove()))
    for (const socket of this.#connected) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.mount.source, { recursive: true, force: true })
  }
}
