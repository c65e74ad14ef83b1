import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContainer } from '../../src/core/containers/container.ts'
import { type PrivateEngine, startPrivateEngine } from '../../src/core/containers/engine/private-engine.ts'
import { demoImage, socketMount } from '../../src/core/containers/images/demo-image.ts'
import { buildImage } from '../../src/core/containers/images/image.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { readSvid } from '../../src/core/domain/spiffe/read-svid.ts'
import { parseSelector } from '../../src/core/domain/spiffe/selector.ts'
import { runCommand } from '../../src/core/process/command.ts'
import { Redactor } from '../../src/core/process/redactor.ts'
import { type SpireAgent, startSpireAgent } from '../../src/core/spire/agent.ts'
import { createEntry, deleteEntry, listEntries } from '../../src/core/spire/entries.ts'
import { type SpireServer, startSpireServer } from '../../src/core/spire/server.ts'
import { parseWorkloadAnswer } from '../../src/core/spire/workload-answer.ts'
import { program } from './programs.ts'

const serverProgram = program('spire-server')
const agentProgram = program('spire-agent')
const workload = program('workload')
const dockerd = program('dockerd')
const ready = serverProgram !== undefined && agentProgram !== undefined && workload !== undefined

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2))
  return result.value
}
const failure = (result: Result<unknown>) => {
  if (result.ok) throw new Error('expected an error')
  return result.error
}
const selectors = (...texts: string[]) => texts.map((text) => value(parseSelector(text)))
const nodeAlias = 'spiffe://demo.test/node'
const uid = process.getuid?.() ?? 0

describe.skipIf(!ready)('SPIRE server and agent of a session', () => {
  const redactor = new Redactor()
  let folder: string
  let server: SpireServer
  let agent: SpireAgent

  const place = (name: string) => ({
    folder: join(folder, name),
    runtimeDir: join(folder, 'run'),
    logFile: join(folder, `${name}.log`),
    pidFolder: join(folder, 'pids'),
    redactor,
  })
  const startAgent = (more: object = {}) =>
    startSpireAgent({ ...place('agent'), program: agentProgram ?? '', server, nodeAlias, ...more })
  const ask = async () => {
    const env = { SPIFFE_ENDPOINT_SOCKET: `unix://${agent.socket}` }
    const lines: string[] = []
    const stop = new AbortController()
    await runCommand({
      program: workload ?? '',
      args: [],
      env,
      timeoutMs: 15_000,
      signal: stop.signal,
      onLine: ({ stream, text }) => {
        if (stream === 'stdout') lines.push(text)
        stop.abort()
      },
    })
    return value(parseWorkloadAnswer(lines[0] ?? ''))
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spire-'))
    server = value(
      await startSpireServer({ ...place('server'), program: serverProgram ?? '', trustDomain: 'demo.test' }),
    )
    agent = value(await startAgent())
  })

  afterAll(async () => {
    await agent?.stop()
    await server?.stop()
    expect(existsSync(join(folder, 'server'))).toBe(false)
    expect(existsSync(join(folder, 'agent'))).toBe(false)
    await rm(folder, { recursive: true, force: true })
  })

  it('writes no key to disk, keeps its folders private and leaves no join token in any file', async () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((file) => statSync(file).isFile())
    expect(files.filter((file) => readFileSync(file, 'latin1').includes('PRIVATE KEY'))).toEqual([])
    expect(existsSync(join(folder, 'agent', 'join-token'))).toBe(false)
    expect(statSync(join(folder, 'agent')).mode & 0o777).toBe(0o700)
    expect(agent.agentId).toBe('spiffe://demo.test/spire/agent/join_token/[redacted]')
    const logs = files.filter((file) => file.endsWith('.log')).map((file) => readFileSync(file, 'utf8'))
    expect(logs.join('\n')).toContain('join_token/[redacted]')
    expect(logs.join('\n')).not.toMatch(/join_token\/[0-9a-f]{8}-/)
  })

  it('refuses a workload without an entry, and gives it an SVID once the agent knows one', async () => {
    expect(await ask()).toMatchObject({ outcome: 'refused', code: 'PermissionDenied', text: 'no identity issued' })
    const spiffeId = 'spiffe://demo.test/hello'
    const needed = selectors(`unix:uid:${uid}`)
    const spec = { spiffeId, parentId: nodeAlias, selectors: needed, svidTtlSeconds: 3600 }
    const { value: entry, command } = value(await createEntry(server.cli, spec))
    expect(command).toContain('-selector')
    const knownAt = value(await agent.entries.until(entry.id, { timeoutMs: 10_000 }))
    expect(Math.abs(Date.parse(knownAt) - Date.now())).toBeLessThan(10_000)
    const answer = await ask()
    if (answer.outcome !== 'svid') throw new Error(JSON.stringify(answer))
    const svid = value(await readSvid({ chainPem: answer.chain, bundlePem: answer.bundle, at: new Date() }))
    expect(svid.spiffeId).toBe(spiffeId)
    expect(svid.checks.map(({ verdict }) => verdict)).toEqual(svid.checks.map(() => 'passed'))
    expect(answer.bundle.join('').replaceAll(/\s/g, '')).toBe(server.bundlePem.replaceAll(/\s/g, ''))

    expect(value(await createEntry(server.cli, spec)).value.id).toBe(entry.id)
    value(await deleteEntry(server.cli, entry.id))
    expect(value(await listEntries(server.cli)).map(({ id }) => id)).not.toContain(entry.id)
    expect(failure(await deleteEntry(server.cli, entry.id)).code).toBe('spire.entry-refused')
  })

  it('reports why the server refuses an entry and that an agent never received one', async () => {
    const bad = {
      spiffeId: 'spiffe://other.test/x',
      parentId: nodeAlias,
      selectors: selectors('a:b'),
      svidTtlSeconds: 60,
    }
    const error = failure(await createEntry(server.cli, bad))
    expect(error.found).toContain('not a member of trust domain')
    expect(failure(await agent.entries.until('nobody', { timeoutMs: 20 })).code).toBe('spire.entry-unknown')
  })

  it('starts no agent whose plugin does not load, and reports the agent\u2019s reason', async () => {
    await agent.stop()
    const command = join(folder, 'plugin.sh')
    const dataFile = join(folder, 'plugin.json')
    await writeFile(command, '#!/bin/sh\necho this is no handshake\n')
    await chmod(command, 0o755)
    await writeFile(dataFile, '{}')
    const error = failure(await startAgent({ plugin: { name: 'sigstore', command, dataFile } }))
    expect(error).toMatchObject({ code: 'spire.service-exited', what: 'The SPIRE agent did not start.' })
    expect(error.found).toContain('sigstore')
    expect(existsSync(join(folder, 'agent'))).toBe(false)
    const missing = await startAgent({ plugin: { name: 'sigstore', command: '/nowhere', dataFile } })
    expect(failure(missing).code).toBe('spire.plugin-missing')
    agent = value(await startAgent())
  })

  it('leaves nothing running when its start is cancelled', async () => {
    const signal = AbortSignal.timeout(120)
    const more = { ...place('second'), runtimeDir: join(folder, 'run2'), signal }
    const start = await startSpireServer({ ...more, program: serverProgram ?? '', trustDomain: 'demo.test' })
    expect(failure(start).code).toBe('run.cancelled')
    expect(existsSync(join(folder, 'second'))).toBe(false)
    expect(readdirSync(join(folder, 'pids')).length).toBe(2)
  })

  describe.skipIf(dockerd === undefined || uid !== 0)('with a container', () => {
    let engine: PrivateEngine
    beforeAll(async () => {
      engine = value(
        await startPrivateEngine({
          dockerd: dockerd ?? '',
          folder: join(folder, 'engine'),
          runtimeDir: join(folder, 'run', 'engine'),
          logFile: join(folder, 'dockerd.log'),
          pidFolder: join(folder, 'pids'),
        }),
      )
    })
    afterAll(async () => engine?.stop())

    it('gives the demo image its SVID through the mounted socket folder', async () => {
      const entry = value(
        await createEntry(server.cli, {
          spiffeId: 'spiffe://demo.test/hello',
          parentId: nodeAlias,
          selectors: selectors('unix:uid:65532'),
          svidTtlSeconds: 3600,
        }),
      ).value
      value(await agent.entries.until(entry.id, { timeoutMs: 10_000 }))
      const context = demoImage({ workload: workload ?? '', note: 'spire test', now: new Date() })
      const image = value(await buildImage(engine.engine, { ...context, tag: 'localhost:9/demo/hello:spire' }))
      const mounts = [{ source: agent.socketFolder, target: socketMount }]
      const container = value(await createContainer(engine.engine, { image, name: 'spire-test', mounts }))
      value(await container.start())
      const answer = value(parseWorkloadAnswer(value(await container.firstLine({ timeoutMs: 15_000 }))))
      expect(answer).toMatchObject({ outcome: 'svid', spiffeId: 'spiffe://demo.test/hello' })
      // It holds the SVID until it is stopped.
      expect(value(await container.pid())).toBeGreaterThan(1)
      value(await container.remove())
    })
  })
})
