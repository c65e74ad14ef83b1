import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chosenEngine } from '../../../src/core/containers/engine/chosen-engine.ts'
import { connectEngine } from '../../../src/core/containers/engine/engine.ts'
import { findEngine } from '../../../src/core/containers/engine/find-engine.ts'
import { fakeEngine } from './fake-engine.ts'

const code = (result: Awaited<ReturnType<typeof findEngine>>) => (result.ok ? 'found' : result.error.code)

it('uses the engine that DOCKER_HOST names and reports what it is', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const found = await findEngine({ env: { DOCKER_HOST: `unix://${socket}` } })
  expect(found).toMatchObject({ ok: true, value: { socket, name: 'Podman', version: '99.1', ours: false } })
})

it('recognizes its own engine when DOCKER_HOST names it', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const found = await findEngine({ env: { DOCKER_HOST: `unix://${socket}` }, privateSocket: socket })
  expect(found).toMatchObject({ ok: true, value: { ours: true } })
})

it('refuses an engine on another machine', async () => {
  for (const host of ['tcp://10.0.0.1:2375', 'ssh://me@host', '10.0.0.1:2375', 'unix://relative']) {
    expect(code(await findEngine({ env: { DOCKER_HOST: host } }))).toBe('engine.remote')
  }
})

it('uses no other engine when the one of DOCKER_HOST is missing', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const env = { DOCKER_HOST: 'unix:///nowhere/engine.sock' }
  expect(code(await findEngine({ env, privateSocket: socket }))).toBe('engine.absent')
})

it('ignores this process\u2019s DOCKER_HOST when it is given a socket', async () => {
  const { socket } = await fakeEngine(() => undefined)
  const before = process.env['DOCKER_HOST']
  process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:9'
  onTestFinished(() => {
    if (before === undefined) delete process.env['DOCKER_HOST']
    else process.env['DOCKER_HOST'] = before
  })
  expect((await connectEngine(socket, { ours: false })).ok).toBe(true)
})

it('distinguishes a socket whose engine died from one that never existed', async () => {
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

it('gives up on an engine that accepts the connection and is silent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mute-'))
  const socket = join(folder, 'engine.sock')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  expect(code(await connectEngine(socket, { ours: false, timeoutMs: 100 }))).toBe('engine.silent')
})

describe('a docker context', () => {
  /** A home with a docker configuration and contexts, by name. */
  function home(config: string | undefined, contexts: Readonly<Record<string, string>> = {}): string {
    const folder = mkdtempSync(join(tmpdir(), 'contexts-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, '.docker'))
    if (config !== undefined) writeFileSync(join(folder, '.docker', 'config.json'), config)
    for (const [name, Host] of Object.entries(contexts)) {
      const meta = join(folder, '.docker', 'contexts', 'meta', createHash('sha256').update(name).digest('hex'))
      mkdirSync(meta, { recursive: true })
      writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker: { Host } } }))
    }
    return folder
  }
  const selected = (name: string): string => JSON.stringify({ auths: {}, currentContext: name })

  it('that is selected names the engine, and DOCKER_CONTEXT and DOCKER_HOST come first, as with docker', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => fakeEngine(() => undefined)))
    const HOME = home(selected('one'), { one: `unix://${one!.socket}`, two: `unix://${two!.socket}` })
    const socketWith = async (env: NodeJS.ProcessEnv) => {
      const found = await findEngine({ env: { HOME, ...env } })
      return found.ok ? found.value.socket : found.error.code
    }
    expect(await socketWith({})).toBe(one!.socket)
    expect(await socketWith({ DOCKER_CONTEXT: 'two' })).toBe(two!.socket)
    expect(await socketWith({ DOCKER_CONTEXT: 'two', DOCKER_HOST: `unix://${three!.socket}` })).toBe(three!.socket)
    expect(await socketWith({ HOME: '/nowhere', DOCKER_CONFIG: join(HOME, '.docker') })).toBe(one!.socket)
  })

  it.each([
    ['another machine', { far: 'ssh://me@host' }, 'engine.remote', 'ssh://me@host'],
    ['an engine that is not there', { far: 'unix:///nowhere/engine.sock' }, 'engine.absent', 'far'],
    ['nothing: it was removed', {}, 'engine.context', 'none'],
  ])('that names %s is the only one: no other engine takes its place', async (_, contexts, expected, says) => {
    const { socket } = await fakeEngine(() => undefined)
    const found = await findEngine({ env: { HOME: home(selected('far'), contexts) }, privateSocket: socket })
    expect(code(found)).toBe(expected)
    if (found.ok) return
    expect(`${found.error.what} ${found.error.expected} ${found.error.found}`).toContain(says)
    expect(found.error.remedy).toContain('docker context use default')
  })

  it.each([
    ['none', undefined],
    ['an empty configuration', ''],
    ['the default one', selected('default')],
    ['no name', selected('')],
    ['something else', '[]'],
  ])('%s is no choice', (_, config) => {
    expect(chosenEngine({ HOME: home(config) })).toEqual({ ok: true, value: undefined })
  })
})
