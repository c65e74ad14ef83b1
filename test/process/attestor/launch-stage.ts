import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { bundle, engineer, imageA } from '../../fixtures/sigstore-fixtures.ts'
import type { Mounted } from './fake-root.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { prefix, Stage, workloadPid } from './stage.ts'

export const asBuilt = `${prefix}launch:as-built`
export const signed = `${prefix}signer:${engineer.issuer}|${engineer.subject}`
export const agent = '/run/agent'

export const start = { Entrypoint: ['/workload'], Cmd: null, Env: ['A=1'], User: '65532:65532', WorkingDir: '' }
export const config = (more: object) => ({ Config: { ...start, ...more } })
export const settings = (more: object) => ({
  HostConfig: { Privileged: false, PidMode: '', IpcMode: 'private', ...more },
})
export const bind = (target = '/spire-agent', more: object = {}) => ({
  Type: 'bind',
  Source: agent,
  Destination: target,
  RW: false,
  ...more,
})
export const shown = (target = '/spire-agent', readOnly = true): Mounted => ({ [target]: ['ext4', readOnly] })

/** A plugin, and for each test of the file a machine with a signed image. */
export class LaunchStage {
  readonly built = mkdtempSync(join(tmpdir(), 'attestor-launch-'))
  readonly plugin = join(this.built, 'attestor-plugin.cjs')
  stage!: Stage
  #host!: PluginHost

  constructor() {
    beforeAll(async () => {
      copyPlugin(this.plugin)
      this.#host = new PluginHost(this.plugin, { TMPDIR: this.built })
      await this.#host.load()
    })
    afterAll(async () => {
      await this.#host.kill()
      rmSync(this.built, { recursive: true })
    })
    beforeEach(async () => {
      this.stage = await new Stage().start()
      this.stage.registry.attach(imageA.digest, [bundle('engineer')])
    })
    afterEach(() => this.stage.stop())
  }

  /** The container runs like this; returns the plugin's answer, and its gate. */
  async launched(more: object = {}) {
    this.stage.run(imageA, undefined, more)
    await this.configure({ mounts: [agent] })
    return this.attested()
  }

  configure(launch: object): Promise<unknown> {
    return this.#host.configure(this.stage.config({ cacheSeconds: 0, launch }))
  }

  async attested(pid = workloadPid) {
    const answer = await this.#host.attest(pid)
    const record = await this.stage.decision()
    return { answer, record, gate: record.gates.find(({ id }) => id === 'launch') }
  }

  /** If the image has an empty folder for the agent's socket, the socket lies in what is mounted there. */
  async agentFolder(target = '/spire-agent'): Promise<() => void> {
    this.stage.root.image(target)
    const server = createServer()
    const socket = join(this.stage.folder, 'rootfs', target, 'api.sock')
    await new Promise<void>((resolve) => server.listen(socket, resolve))
    return () => server.close()
  }
}

type Launched = Awaited<ReturnType<LaunchStage['launched']>>

export function expectAsBuilt({ answer, gate }: Launched): void {
  expect([gate?.verdict, gate?.found]).toEqual(['passed', '/workload, as built'])
  expect(answer).toContain(asBuilt)
}

export function expectRefused({ answer, gate, record }: Launched, found: string): void {
  expect(gate).toMatchObject({ verdict: 'failed' })
  expect(gate?.found).toContain(found)
  expect(answer).toContain(signed)
  expect(answer).not.toContain(asBuilt)
  expect(JSON.stringify(record)).not.toContain('/evil.so')
}
