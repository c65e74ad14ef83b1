import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect } from 'vitest'
import { pluginServices, serviceDefinition } from '../../../src/core/attestor/plugin/go-plugin/services.ts'
import { isObject, parseJson } from '../../../src/core/domain/json.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** What the plugin says for `--version`. */
export const pluginVersion: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** How an attestation says that its time was over. */
const ranOut = ({ code, details }: { code: status; details: string }): boolean =>
  code === status.UNAVAILABLE && /no answer in time|not within \d|\bcancelled\b/.test(details)

/** Of an attestation, as the configuration's schema allows it. */
export const longestDeadlineMs = 3_900

/** Copies the plugin, as the build made it, to a place where a test can put files beside it. */
export function copyPlugin(to: string): void {
  const built = join(root, 'dist', 'attestor-plugin.cjs')
  expect(existsSync(built), 'npm run build makes dist/attestor-plugin.cjs').toBe(true)
  copyFileSync(built, to)
}

/** One loaded plugin for all tests of a file. */
export function loadedPlugin(): () => PluginHost {
  const built = mkdtempSync(join(tmpdir(), 'attestor-loaded-'))
  let host: PluginHost
  beforeAll(async () => {
    const plugin = join(built, 'attestor-plugin.cjs')
    copyPlugin(plugin)
    host = new PluginHost(plugin, { TMPDIR: built })
    await host.load()
  })
  afterAll(async () => {
    await host.kill()
    rmSync(built, { recursive: true })
  })
  return () => host
}

/** SPIRE's side of go-plugin: starts the program, reads the handshake line, and calls in SPIRE's order. */
export class PluginHost {
  readonly child: ChildProcessWithoutNullStreams
  readonly stdout: string[] = []
  readonly logs: Record<string, unknown>[] = []
  /** Lines of stderr that are no JSON. */
  readonly text: string[] = []
  readonly exited: Promise<number | null>
  #client: Client | undefined
  #deadlineMs: unknown
  #broker: ClientDuplexStream<object, object> | undefined

  /** A file for Node, unless it is an executable, which gets these arguments. With `uid` as another user. */
  constructor(file: string, env: Record<string, string> = {}, args?: readonly string[], uid?: number) {
    const [program, own] = args === undefined ? [process.execPath, [file]] : [file, args]
    this.child = spawn(program, own, {
      env: { PATH: process.env['PATH'] ?? '', WorkloadAttestor: 'WorkloadAttestor', ...env },
      ...(uid !== undefined && { uid, gid: uid }),
    })
    this.exited = once(this.child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      const parsed = parseJson(line)
      if (parsed === undefined) this.text.push(line)
      else this.logs.push(parsed as Record<string, unknown>)
    })
  }

  /** Handshake, broker stream and Init. Returns the names of the services that the plugin announces. */
  async load(): Promise<readonly string[]> {
    const lines = createInterface({ input: this.child.stdout })
    lines.on('line', (line) => this.stdout.push(line))
    await once(lines, 'line')
    const [core, app, network, address, protocol] = (this.stdout[0] ?? '').split('|')
    if (`${core}|${app}|${network}|${protocol}` !== '1|1|unix|grpc') throw new Error(`handshake: ${this.stdout[0]}`)
    this.#client = new Client(`unix:${address}`, credentials.createInsecure())
    const { StartStream } = serviceDefinition('plugin.GRPCBroker')
    this.#broker = this.#client.makeBidiStreamRequest(
      StartStream!.path,
      StartStream!.requestSerialize,
      StartStream!.responseDeserialize,
    )
    this.#broker.on('error', () => undefined)
    this.#broker.write({ service_id: 1, network: 'unix', address: '/nowhere' })
    const answer = await this.call('spire.service.private.init.v1.Init', 'Init', { host_service_names: [] })
    return answer['plugin_service_names'] as string[]
  }

  async configure(text: string): Promise<Record<string, unknown>> {
    const core_configuration = { trust_domain: 'demo.test' }
    const answer = await this.call(pluginServices.config, 'Configure', { core_configuration, hcl_configuration: text })
    const set = parseJson(text)
    this.#deadlineMs = isObject(set) ? set['deadlineMs'] : undefined
    return answer
  }

  /**
   * The selector values, or the error's status code and text. What ran out of the longest deadline is asked for again, as
   * the agent's next caller does: beside other tests, processors are busy for seconds. A shorter one is what a test is
   * about.
   */
  async attest(pid: number): Promise<readonly string[] | { code: status; details: string }> {
    for (let more = this.#deadlineMs === longestDeadlineMs ? 2 : 0; ; more--) {
      const answer = await this.attestOnce(pid)
      if (more === 0 || !('code' in answer) || !ranOut(answer)) return answer
    }
  }

  /** For tests in which an attestation may not be late, or each is counted. */
  async attestOnce(pid: number): Promise<readonly string[] | { code: status; details: string }> {
    try {
      const answer = await this.call(pluginServices.attestor, 'Attest', { pid })
      return answer['selector_values'] as string[]
    } catch (error) {
      const { code, details } = error as ServiceError
      return { code, details }
    }
  }

  call(service: string, method: string, request: object): Promise<Record<string, unknown>> {
    const definition = serviceDefinition(service)[method]!
    return new Promise((resolve, reject) => {
      this.#client!.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        (error, value) => (error === null ? resolve(value as Record<string, unknown>) : reject(error)),
      )
    })
  }

  /** SPIRE's order of stopping. Returns the exit code. */
  async shutdown(): Promise<number | null> {
    await this.call('spire.service.private.init.v1.Init', 'Deinit', {})
    await this.call('plugin.GRPCController', 'Shutdown', {})
    this.disconnect()
    return this.exited
  }

  disconnect(): void {
    this.#broker?.cancel()
    this.#client?.close()
  }

  /** Ends it in any state. All that it wrote to stderr was for the agent's log. */
  async kill(): Promise<void> {
    this.disconnect()
    this.child.kill('SIGKILL')
    await this.exited
    expect(this.text).toEqual([])
  }
}
