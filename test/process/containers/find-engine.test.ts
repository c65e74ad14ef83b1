import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { connectEngine } from '../../../src/core/containers/engine.ts'
import { findEngine } from '../../../src/core/containers/find-engine.ts'
import { fakeEngine } from './fake-engine.ts'

const code = (result: Awaited<ReturnType<typeof findEngine>>) => (result.ok ? 'found' : result.error.code)

it('uses the engine that DOCKER_HOST names and says what it is', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const found = await findEngine({ env: { DOCKER_HOST: `unix://${socket}` } })
  expect(found).toMatchObject({ ok: true, value: { socket, name: 'Podman', version: '99.1', ours: false } })
})

it('knows its own engine when DOCKER_HOST names it', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const found = await findEngine({ env: { DOCKER_HOST: `unix://${socket}` }, privateSocket: socket })
  expect(found).toMatchObject({ ok: true, value: { ours: true } })
})

it('refuses an engine on another machine', async () => {
  for (const host of ['tcp://10.0.0.1:2375', 'ssh://me@host', '10.0.0.1:2375', 'unix://relative']) {
    expect(code(await findEngine({ env: { DOCKER_HOST: host } }))).toBe('engine.remote')
  }
})

it('uses no other engine when the one of DOCKER_HOST is not there', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const env = { DOCKER_HOST: 'unix:///nowhere/engine.sock' }
  expect(code(await findEngine({ env, privateSocket: socket }))).toBe('engine.absent')
})

it('is not led astray by a DOCKER_HOST of this process when it is given a socket', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const before = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:9'
  onTestFinished(() => {
    if (before === undefined) delete process.env['DOCKER_HOST']
    else process.env['DOCKER_HOST'] = before
  })
  expect((await connectEngine(socket, { ours: false })).ok).toBe(true)
})

it('tells a socket whose engine died from one that was never there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dead-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const socket = join(folder, 'engine.sock')
  const program = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(code(await findEngine({ env: { DOCKER_HOST: `unix://${socket}` } }))).toBe('engine.stopped')
})

it('gives up on an engine that takes the connection and says nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mute-'))
  const socket = join(folder, 'engine.sock')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const started = performance.now()
  expect(code(await connectEngine(socket, { ours: false, timeoutMs: 100 }))).toBe('engine.silent')
  expect(performance.now() - started).toBeLessThan(3_000)
})
