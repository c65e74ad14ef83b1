import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CopiedProgram, copiedProgram } from './copied-program.ts'
import { as, asOther, asRoot, isRoot, whyNot, whyNotOther } from './users.ts'

// Containers, hardened units, and the environment of another user: the doctor names each before the story needs it.
// Every external program is a script in PATH, so that nothing is fetched.

let program: CopiedProgram
let place: string
let home: string
let env: NodeJS.ProcessEnv
beforeAll(() => {
  program = copiedProgram()
  ;({ place, home } = program)
  env = { PATH: `${program.scriptedTools()}:/usr/bin:/bin:/usr/sbin:/sbin`, DOCKER_HOST: `unix://${place}/none.sock` }
})
afterAll(() => program.remove())
const run: CopiedProgram['run'] = (words, more, before) => program.run(words, { ...env, ...more }, before)

describe('the doctor names what keeps the attestor from seeing containers', () => {
  it(`no right to look into them, as in a hardened unit${whyNot}`, () => {
    if (!isRoot) return
    const without = ['setpriv', '--bounding-set=-sys_ptrace', '--']
    const { said } = run(['doctor'], {}, without)
    expect(said).toMatch(
      /WRONG machine problem .* without the right to look into containers.*fix Give it CAP_SYS_PTRACE/,
    )
    const json: unknown = JSON.parse(run(['doctor', '--json'], {}, without).stdout)
    expect(json).toMatchObject({ ok: false, problems: [{ code: 'machine.no-ptrace' }] })
    expect(run(['doctor'], {}).said).not.toContain('CAP_SYS_PTRACE')
  })

  asRoot(`an engine whose container it is itself${whyNot}`, async () => {
    const own = 'b'.repeat(64)
    let settings: object = {}
    const answers = (path = ''): object => {
      if (path.endsWith('/version')) return { Version: '28.5.2', ApiVersion: '1.51', Components: [{ Name: 'Engine' }] }
      const inspected = { Id: own, Name: '/tools', Image: `sha256:${own}`, State: { Pid: 1 } }
      return { ...inspected, Config: {}, HostConfig: settings, ExecIDs: null, Mounts: [] }
    }
    const socket = join(place, 'engine.sock')
    const engine = createServer((request, response) => {
      const known = /\/(version|_ping)$/.test(request.url ?? '') || request.url?.includes(own.slice(0, 12))
      response.writeHead(known ? 200 : 404).end(JSON.stringify(answers(request.url)))
    }).listen(socket)
    await once(engine, 'listening')
    try {
      const inside = ['unshare', '--uts', 'sh', '-ec', `hostname ${own.slice(0, 12)}; exec "$@"`, 'sh']
      const doctor = async (before: readonly string[]) => {
        const argv = [...before, process.execPath, join(place, 'dist', 'cli.js'), 'doctor', '--json']
        const env = { PATH: process.env['PATH'], HOME: home, DOCKER_HOST: `unix://${socket}` }
        const child = spawn(argv[0]!, argv.slice(1), { cwd: place, env, stdio: ['ignore', 'pipe', 'inherit'] })
        return JSON.parse(await text(child.stdout)) as { problems: unknown[] }
      }
      expect((await doctor(inside)).problems).toEqual([
        expect.objectContaining({ code: 'engine.invisible', found: expect.stringContaining('tools') }),
      ])
      expect((await doctor([])).problems).toEqual([])
      settings = { PidMode: 'host' }
      expect((await doctor(inside)).problems).toEqual([])
    } finally {
      engine.close()
    }
  })
})

describe('a runtime directory of XDG_RUNTIME_DIR that cannot be used is named by the doctor, with the fix', () => {
  const problemsOf = (directory: string, uid: number) => {
    const own = join(place, `home-of-${uid}`)
    mkdirSync(own, { recursive: true })
    spawnSync('chown', [`${uid}`, own])
    const env = { HOME: own, XDG_RUNTIME_DIR: directory }
    const json = JSON.parse(run(['doctor', '--json'], env, as(uid)).stdout) as { problems: { what: string }[] }
    const { status, said } = run(['story', '--scenario', 'signed'], env, as(uid))
    expect([status, said]).toEqual([
      1,
      expect.stringMatching(/runtime folder .* (is not used|cannot be used).*XDG_RUNTIME_DIR/),
    ])
    return json.problems.filter(({ what }) => what.includes('runtime folder'))
  }

  asOther.each([
    ['that is another user\u2019s (su keeps the variable)', 54_321],
    ['that is an ordinary user\u2019s, for root (sudo -E)', 0],
  ])(`%s${whyNotOther}`, (_, uid) => {
    const theirs = join(place, `run-${uid}`)
    mkdirSync(theirs, { mode: 0o700 })
    spawnSync('chown', ['65534', theirs])
    expect(problemsOf(theirs, uid)).toEqual([
      expect.objectContaining({
        code: expect.stringMatching(/machine\.folder-(not-ours|unusable)/),
        remedy: expect.stringMatching(/XDG_RUNTIME_DIR to a directory of your own .*or unset it/),
      }),
    ])
  })

  asOther(`that is missing (a login without logind)${whyNotOther}`, () => {
    expect(problemsOf(join(place, 'no', 'run'), 54_321)).toEqual([
      expect.objectContaining({
        code: 'machine.folder-unusable',
        remedy: expect.stringContaining('XDG_RUNTIME_DIR'),
      }),
    ])
  })
})

it.each([{ DISPLAY: ':59001' }, { DISPLAY: 'localhost:11.0' }, { WAYLAND_DISPLAY: 'wayland-9' }])(
  'start names a display that does not answer, and tells the story in the terminal: %o',
  (display) => {
    const runtime = join(place, 'runtime')
    mkdirSync(runtime, { recursive: true, mode: 0o700 })
    const { status, said } = run(['start'], { ...display, XDG_RUNTIME_DIR: runtime })
    expect([status, said]).toEqual([1, expect.stringMatching(/No server answers at the display/)])
    // What the story itself needs first.
    expect(said).toContain('There is no container engine.')
    expect(said).not.toContain('lectron')
  },
)
