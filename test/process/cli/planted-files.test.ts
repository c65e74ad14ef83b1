import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bootId } from '../../../src/core/process/pid-record.ts'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'
import { asStranger, canActAsStranger, needsRoot, strangerUid } from '../../harness/stranger.ts'

const repository = join(import.meta.dirname, '..', '..', '..')
// Beside node_modules, from which it takes its packages as the real one does.
mkdirSync(join(repository, 'test-results'), { recursive: true })
const cli = join(repository, 'dist', 'cli.js')

let root: string
let victim: ChildProcess
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'a2-'))
  chmodSync(root, 0o755)
  mkdirSync(join(root, 'home'), { mode: 0o700 })
  mkdirSync(join(root, 'tmp'))
  chmodSync(join(root, 'tmp'), 0o1777)
  mkdirSync(join(root, 'precious', 'spire'), { recursive: true, mode: 0o700 })
  writeFileSync(join(root, 'precious', 'spire', 'keys'), 'precious')
  victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true })
  await once(victim, 'spawn')
})
afterEach(async () => {
  if (victim.exitCode === null && victim.signalCode === null) {
    victim.kill('SIGKILL')
    await once(victim, 'exit')
  }
  rmSync(root, { recursive: true, force: true })
})

/** The fallback if XDG_RUNTIME_DIR is not set: anyone can create it first. */
const runtime = (): string => join(root, 'tmp', `sigstore-attestor-${process.getuid?.()}`)
const precious = (): string => join(root, 'precious', 'spire', 'keys')
const victimLives = (): boolean => readProcStat(victim.pid ?? 0) !== undefined

async function run(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: root,
    // No engine of this machine is touched, and no window opens.
    env: {
      PATH: '/usr/bin:/bin',
      HOME: join(root, 'home'),
      TMPDIR: join(root, 'tmp'),
      DOCKER_HOST: `unix://${root}/no-engine.sock`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr: stderr.replaceAll(/[\s│]+/g, ' ') }
}

/** What a crashed session would have left: a record of the victim, and a lock that names another folder. */
const planted = (state: string) => ({
  record: {
    id: 'fulcio',
    pid: victim.pid,
    startTime: readProcStat(victim.pid ?? 0)?.startTime,
    bootId: bootId(),
    program: process.execPath,
    mark: 'chosen-by-the-stranger',
  },
  lock: { pid: 4_194_304, startTime: '1', bootId: bootId(), state },
})
const plant = (): string => {
  const { record, lock } = planted(join(root, 'precious'))
  return `
    fs.mkdirSync(${JSON.stringify(runtime())}, { mode: 0o755 })
    fs.mkdirSync(${JSON.stringify(join(runtime(), 'pids'))}, { mode: 0o755 })
    fs.writeFileSync(${JSON.stringify(join(runtime(), 'pids', 'a.json'))}, ${JSON.stringify(JSON.stringify(record))})
    fs.writeFileSync(${JSON.stringify(join(runtime(), 'session.lock'))}, ${JSON.stringify(JSON.stringify(lock))})`
}

describe.runIf(canActAsStranger)(`a runtime directory that another user created first${needsRoot}`, () => {
  it('has no process ended and nothing removed: it is refused, with its owner and the fix', async () => {
    asStranger(plant())
    const { code, stderr } = await run(['clean'])
    expect({ lives: victimLives(), kept: existsSync(precious()) }).toEqual({ lives: true, kept: true })
    expect(code).toBe(1)
    expect(stderr).toContain(`${runtime()} belongs to user ${strangerUid}`)
    expect(stderr).toContain('set XDG_RUNTIME_DIR')
    expect(existsSync(join(runtime(), 'session.lock'))).toBe(true)
  })

  it.each([['start'], ['story'], ['setup'], ['bench'], ['window'], ['package'], ['record']])(
    'is refused by %s before anything else',
    async (command) => {
      asStranger(plant())
      const { code, stderr } = await run([command])
      expect(code).toBe(1)
      expect(stderr).toContain(`belongs to user ${strangerUid}`)
      expect({ lives: victimLives(), kept: existsSync(precious()) }).toEqual({ lives: true, kept: true })
    },
  )

  it('is listed by the doctor, which reads nothing of it', async () => {
    asStranger(plant())
    const { code, stdout } = await run(['doctor', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.objectContaining({
          code: 'machine.folder-not-ours',
          found: expect.stringContaining(`belongs to user ${strangerUid}`),
        }),
      ]),
    })
    expect({ lives: victimLives(), kept: existsSync(precious()) }).toEqual({ lives: true, kept: true })
  })

  it('is refused also as a link to a directory of ours', async () => {
    asStranger(`fs.symlinkSync(${JSON.stringify(join(root, 'precious'))}, ${JSON.stringify(runtime())})`)
    const { code, stderr } = await run(['clean'])
    expect(code).toBe(1)
    expect(stderr).toContain(`symbolic link of user ${strangerUid}`)
    expect(existsSync(precious())).toBe(true)
  })

  it('does not matter if the user has a runtime directory of their own', async () => {
    asStranger(plant())
    mkdirSync(join(root, 'run'), { mode: 0o700 })
    expect((await run(['clean'], { XDG_RUNTIME_DIR: join(root, 'run') })).code).toBe(0)
    expect({ lives: victimLives(), kept: existsSync(precious()) }).toEqual({ lives: true, kept: true })
  })

  it('is like a home of another user, which sudo -E keeps', async () => {
    asStranger(`fs.mkdirSync(${JSON.stringify(join(root, 'tmp', 'home'))}, { mode: 0o755 })`)
    const { code, stderr } = await run(['clean'], { HOME: join(root, 'tmp', 'home') })
    expect(code).toBe(1)
    expect(stderr).toContain(`${join(root, 'tmp', 'home')} belongs to user ${strangerUid}`)
    expect(stderr).toContain('sudo -H')
    expect(stderr).not.toContain('rm -rf')
  })
})

describe('a record in a runtime directory of ours', () => {
  /** The same files, as a bug or an earlier version could have left them. */
  function leave(state: string, record: object = {}): void {
    const all = planted(state)
    mkdirSync(join(runtime(), 'pids'), { recursive: true, mode: 0o700 })
    writeFileSync(join(runtime(), 'pids', 'a.json'), JSON.stringify({ ...all.record, ...record }), { mode: 0o600 })
    writeFileSync(join(runtime(), 'session.lock'), JSON.stringify(all.lock), { mode: 0o600 })
  }

  it('has the named process ended: the attack above would have worked', async () => {
    leave(join(root, 'home', '.local', 'state', 'sigstore-attestor'))
    expect(await run(['clean'])).toMatchObject({ code: 0, stdout: expect.stringContaining('ended fulcio') })
    expect(victimLives()).toBe(false)
  })

  it('has no process ended that does not run the recorded program and carries no mark of ours', async () => {
    leave(join(root, 'home', '.local', 'state', 'sigstore-attestor'), { program: '/usr/bin/fulcio' })
    expect((await run(['clean'])).code).toBe(0)
    expect(victimLives()).toBe(true)
  })

  it.each([
    ['a directory that is no state folder', (state: string) => state],
    [
      'such a directory through a link',
      (state: string) => {
        symlinkSync(state, join(dirname(state), 'link'))
        return join(dirname(state), 'link')
      },
    ],
    ['a path with ..', (state: string) => `${state}/../${state.slice(dirname(state).length + 1)}`],
    ['a path with a NUL', (state: string) => `${state}\0`],
    ['a relative path', () => 'precious'],
  ])('has nothing removed elsewhere: the lock names %s', async (_, named) => {
    leave(named(join(root, 'precious')))
    expect((await run(['clean'])).code).toBe(0)
    expect(existsSync(precious())).toBe(true)
  })

  it('that anyone could write is refused', async () => {
    leave(join(root, 'precious'))
    chmodSync(runtime(), 0o777)
    const { code, stderr } = await run(['clean'])
    expect(code).toBe(1)
    expect(stderr).toContain(`chmod go-w '${runtime()}'`)
    expect(victimLives()).toBe(true)
    expect(statSync(runtime()).mode & 0o777).toBe(0o777)
  })
})
