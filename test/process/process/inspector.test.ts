import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../src/core/machine/ports.ts'
import { noInspector } from '../../../src/core/process/no-inspector.ts'
import { makeIssuerState } from '../../../src/core/sandbox/issuer-state.ts'
import { serviceSpecs } from '../../../src/core/sandbox/service-specs.ts'
import { listeningPorts, portsOpened } from '../../harness/listening.ts'

// A client that can reach a Node's inspector runs code with its rights. The built programs, on SIGUSR1 and with an
// inherited NODE_OPTIONS.

const root = join(import.meta.dirname, '..', '..', '..')
const dist = join(root, 'dist')

/** A program of ours: how it is started, and until when it is not ready. */
interface Program {
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** The ports that it has to open. */
  readonly ports?: readonly number[]
  readonly ready: (child: ChildProcess) => Promise<unknown>
}

let folder: string
let browserless: Server
const programs = new Map<string, Program>()

beforeAll(async () => {
  execFileSync(process.execPath, ['src/cli/build-attestor.mjs'], { cwd: root })
  folder = await mkdtemp(join(tmpdir(), 'inspector-test-'))
  const handshake = (child: ChildProcess): Promise<unknown> => once(child.stdout!, 'data')
  const plugin = { env: { WorkloadAttestor: 'WorkloadAttestor', TMPDIR: folder }, ready: handshake }
  programs.set('the plugin as an executable', { ...plugin, command: [join(dist, 'sigstore-attestor')] })
  programs.set('the plugin as a file for Node', { ...plugin, command: [join(dist, 'attestor-plugin.cjs')] })

  const [port, secondPort] = [await freePort(), await freePort()]
  const state = join(folder, 'issuer.json')
  await writeFile(state, JSON.stringify(await makeIssuerState(port, secondPort)), { mode: 0o600 })
  const files = { issuer: state }
  const identity = { files, ports: { issuer: port, secondIssuer: secondPort, registry: 0 } }
  const issuerEntry = join(dist, 'oidc-issuer.mjs')
  const context = { identity, ports: {}, programs: {}, session: {}, node: process.execPath, issuerEntry }
  const specs = serviceSpecs(context as unknown as Parameters<typeof serviceSpecs>[0])
  for (const { id, program, args, ports } of specs.filter((spec) => spec.program === process.execPath)) {
    const listens = (child: ChildProcess): Promise<unknown> =>
      expect.poll(() => listeningPorts(child.pid!), { timeout: 20_000 }).toContain(ports[0])
    programs.set(`the ${id}`, { command: [program, ...args], ports, ready: listens })
  }

  // It takes the address and never responds, so the opener waits.
  const socket = join(folder, 'opener.sock')
  const taken = new Set<() => void>()
  browserless = createServer({ allowHalfOpen: true }, (connection) =>
    connection.once('data', () => taken.forEach((each) => each())),
  )
  await new Promise<void>((resolve) => browserless.listen(socket, resolve))
  programs.set('the opener', {
    command: [join(dist, 'opener', 'xdg-open'), 'http://localhost/'],
    env: { SIGSTORE_ATTESTOR_OPENER: socket },
    ready: () =>
      new Promise<void>((resolve) => {
        taken.add(resolve)
      }),
  })
}, 60_000)
afterAll(async () => {
  browserless?.close()
  await rm(folder, { recursive: true, force: true })
})

const names = [
  'the plugin as an executable',
  'the plugin as a file for Node',
  'the issuer',
  'the second-issuer',
  'the opener',
]

function start(name: string, more: Readonly<Record<string, string>> = {}) {
  const { command, env, ports, ready } = programs.get(name)!
  const [program, ...args] = command
  const base = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const child = spawn(program, args, { env: { ...base, ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdout.resume()
  const exited = once(child, 'exit')
  const becameReady = Promise.race([ready(child).then(() => true), exited.then(() => false)])
  return {
    child,
    ports,
    said: () => said,
    /** Whether it became ready; not when it ended before. */
    becomesReady: () => becameReady,
    end: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

// The others are started by us, with an environment that is an allow-list.
it.each(['the plugin as an executable', 'the plugin as a file for Node'])(
  '%s loads no module that OPENSSL_CONF names',
  async (name) => {
    const file = join(folder, 'openssl.cnf')
    // Node ends if it cannot load a module.
    const lines = [
      'nodejs_conf = a',
      '[a]',
      'providers = b',
      '[b]',
      'other = c',
      '[c]',
      'module = /none.so',
      'activate = 1',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    const { becomesReady, end } = start(name, { OPENSSL_CONF: file })
    try {
      expect(await becomesReady()).toBe(true)
    } finally {
      await end()
    }
  },
)

describe.each(names)('%s opens no inspector', (name) => {
  it('on SIGUSR1, which it survives', async () => {
    const { child, ports, said, becomesReady, end } = start(name)
    try {
      expect(await becomesReady()).toBe(true)
      child.kill('SIGUSR1')
      child.kill('SIGUSR1')
      expect(await portsOpened(child.pid!, ports)).toEqual([])
      expect(child.exitCode ?? child.signalCode).toBeNull()
      expect(said()).not.toContain('Debugger listening')
    } finally {
      await end()
    }
  })

  it('on SIGUSR1 while it starts', async () => {
    let lived = 0
    for (const afterMs of [0, 15, 30, 45, 60, 80]) {
      const { child, ports, said, becomesReady, end } = start(name)
      try {
        await delay(afterMs)
        child.kill('SIGUSR1')
        // Before Node handles the signal, it ends the process, like any other.
        if (await becomesReady()) {
          lived += 1
          expect(await portsOpened(child.pid!, ports)).toEqual([])
        }
        expect(said()).not.toContain('Debugger listening')
      } finally {
        await end()
      }
    }
    expect(lived).toBeGreaterThan(0)
  }, 60_000)

  it('by an inherited NODE_OPTIONS', async () => {
    const { child, ports, said, becomesReady, end } = start(name, { NODE_OPTIONS: '--inspect=127.0.0.1:0' })
    try {
      expect(await becomesReady()).toBe(true)
      expect(await portsOpened(child.pid!, ports)).toEqual([])
      expect(said()).not.toContain('Debugger listening')
    } finally {
      await end()
    }
  })
})

it('checks all of ours', () => {
  expect([...programs.keys()].toSorted()).toEqual(names.toSorted())
})

it('is kept shut by the same argument wherever one of ours is started', async () => {
  const text = (file: string): string => readFileSync(join(root, file), 'utf8')
  for (const file of ['src/cli/bootstrap.cjs', 'src/cli/build.mjs']) expect(text(file)).toContain(noInspector)
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> }
  const stage0 = Object.values(scripts).filter((script) => script.includes('bootstrap.cjs'))
  expect(stage0.length).toBeGreaterThan(8)
  for (const script of stage0) expect(script).toContain(`node ${noInspector} src/cli/bootstrap.cjs`)
})

it('an unprotected Node opens its inspector', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)'], { stdio: 'pipe' })
  try {
    await once(child.stdout, 'data')
    child.kill('SIGUSR1')
    await once(child.stderr, 'data')
    expect(await portsOpened(child.pid!)).toHaveLength(1)
  } finally {
    child.kill('SIGKILL')
  }
})
