import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../../src/core/machine/ports.ts'
import { findLeftovers } from '../../../src/core/process/leftovers.ts'
import {
  type Sandbox,
  type SandboxOptions,
  type ServiceChange,
  startSandbox,
} from '../../../src/core/sandbox/sandbox.ts'

let folder: string
let changes: ServiceChange[]
const running: Sandbox[] = []
const servers: Server[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'))
  changes = []
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  for (const sandbox of running.splice(0)) await sandbox.stop()
  expect(await findLeftovers(join(folder, 'pids'))).toEqual([])
  expect(await readdir(join(folder, 'pids')).catch(() => [])).toEqual([])
  await rm(folder, { recursive: true, force: true })
})

/** A small program that replaces any of the services: it listens where its arguments say, and is healthy. */
async function fake(name: string, first = ''): Promise<string> {
  const file = join(folder, name)
  const source = `#!${process.execPath}
    const fs = require('node:fs'); const args = process.argv.slice(2).join(' ')
    ${first}
    const config = /serve (\\S+\\.yml)/.exec(args)?.[1]
    const ports = config ? [JSON.parse(fs.readFileSync(config)).http.addr.split(':')[1]]
      : args.includes('issuer.json') ? [args.split(' ').at(-1)]
      : [/(?:--port=|--http-port=|-listen=127.0.0.1:)(\\d+)/.exec(args)[1]]
    for (const port of ports) require('node:http').createServer((_, r) => r.end('SERVING http://localhost:' + port)).listen(port, '127.0.0.1')`
  await writeFile(file, source, { mode: 0o755 })
  return file
}

async function start(more: Partial<SandboxOptions> = {}, programs: Partial<SandboxOptions['programs']> = {}) {
  const same = await fake('fake')
  const result = await startSandbox({
    folder: join(folder, 'state', 'sandbox'),
    runtimeDir: join(folder, 'run'),
    logDir: join(folder, 'logs'),
    pidFolder: join(folder, 'pids'),
    programs: { fulcio: same, rekorServer: same, timestampServer: same, registry: same, ctLog: same, ...programs },
    node: process.execPath,
    issuerEntry: same,
    // A real sandbox may be running on this machine.
    timestampMetricsPort: await freePort(),
    onService: (change) => changes.push(change),
    ...more,
  })
  if (result.ok) running.push(result.value)
  return result
}

async function refused(...options: Parameters<typeof start>) {
  const result = await start(...options)
  if (result.ok) throw new Error('It started.')
  return result.error
}

describe('the sandbox', () => {
  test('starts all services, Fulcio after the issuers whose documents it reads, and stops them all', async () => {
    const result = await start()
    if (!result.ok) throw new Error(JSON.stringify(result.error))
    const { services, exposed, endpoints } = result.value
    expect(services).toHaveLength(7)
    expect(exposed.map(({ id }) => id)).toEqual(['timestamp-authority', 'fulcio'])
    expect(endpoints.registry).toMatch(/^localhost:2\d{4}$/)
    const order = changes.map(({ id, state }) => `${id} ${state}`)
    for (const issuer of ['issuer', 'second-issuer']) {
      expect(order.indexOf('fulcio starting')).toBeGreaterThan(order.indexOf(`${issuer} ready`))
    }
    await result.value.stop()
    expect(changes.filter(({ state, exit }) => state === 'stopped' && exit?.expected === true)).toHaveLength(7)
  })

  test('whose one service ends while starting is stopped as a whole, and the error is that service’s', async () => {
    const error = await refused({}, { rekorServer: await fake('rekor', `console.error('no key'); process.exit(3)`) })
    expect(error).toMatchObject({
      code: 'sandbox.service-exited',
      what: 'rekor ended while it was starting.',
      found: 'exit code 3',
      evidence: { lastLines: ['no key'], logFile: join(folder, 'logs', 'rekor.log') },
    })
  })

  test('that loses a free port to another program names it', async () => {
    const error = await refused({
      onService: ({ id, state, port }) => {
        if (id === 'rekor' && state === 'starting') servers.push(createServer().listen(port, '127.0.0.1'))
      },
    })
    expect(error.code).toBe('machine.port-taken')
    expect(error.found).toContain(`process ${process.pid}`)
  })

  test('is not started when a port of its identity is taken, and the error names the port\u2019s purpose', async () => {
    const first = await start()
    if (!first.ok) throw new Error(JSON.stringify(first.error))
    await first.value.stop()
    const port = Number(first.value.endpoints.registry.split(':')[1])
    const server = createServer()
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    changes = []
    const error = await refused()
    expect(error).toMatchObject({
      code: 'machine.port-taken',
      expected: `port ${port} free for the sandbox's registry`,
    })
    expect(error.found).toContain(`process ${process.pid}`)
    expect(changes).toEqual([])
  })

  test('is not started when the port of the timestamp metrics is taken on any address', async () => {
    const server = createServer()
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const error = await refused({ timestampMetricsPort: port })
    expect(error).toMatchObject({
      code: 'machine.port-taken',
      expected: `port ${port} free for the timestamp authority's metrics`,
    })
  })

  test('whose start is cancelled leaves nothing running', async () => {
    const cancel = new AbortController()
    const error = await refused({
      signal: cancel.signal,
      onService: ({ state }) => {
        if (state === 'ready') cancel.abort()
      },
    })
    expect(error.code).toBe('run.cancelled')
  })

  test('reports a service that ends by itself', async () => {
    const result = await start()
    if (!result.ok) throw new Error(JSON.stringify(result.error))
    const rekor = result.value.services.find(({ id }) => id === 'rekor')
    process.kill(rekor?.pid ?? 0, 'SIGKILL')
    await expect
      .poll(() => changes.at(-1))
      .toMatchObject({
        id: 'rekor',
        state: 'stopped',
        exit: { signal: 'SIGKILL', expected: false },
      })
  })
})
