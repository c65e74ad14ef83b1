import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { places } from '../../../src/core/machine/folders.ts'
import { untilAborted } from '../../unit/engine/scripted.ts'
import { type Machine, machineWithTools } from '../tools/machine-with-tools.ts'
import { codeOf, foldersOf, ScriptedHost, until } from './scripted-host.ts'

type Parts = ConstructorParameters<typeof ScriptedHost> extends [unknown, ...infer Rest] ? Rest : never

let machine: Machine
let front: ScriptedHost

const folders = () => foldersOf(machine)
async function begin(...options: Parts): Promise<void> {
  front = new ScriptedHost(machine, ...options)
  await front.ready()
}

beforeEach(async () => {
  machine = await machineWithTools()
  await machine.goBuild('works')
})
afterEach(async () => {
  await front.close()
  await machine.remove()
})

describe('what a crash has left', () => {
  /** The log of a run whose program was killed while it signed, and the lock that it held. */
  async function crash(): Promise<string> {
    await begin({ sign: () => new Promise(() => undefined) })
    const runId = await front.start('signed')
    await front.doing(runId, 'sign')
    const log = join(places(folders()).runs, runId, 'events.jsonl')
    const [events, lock] = [readFileSync(log), JSON.parse(readFileSync(lockFile(), 'utf8'))]
    front.follower.close()
    await machine.remove()
    // A new machine as the killed one was; the host that is still there knows nothing of it.
    machine = await machineWithTools()
    await machine.goBuild('works')
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    mkdirSync(join(places(folders()).runs, runId), { recursive: true })
    mkdirSync(folders().runtime, { recursive: true })
    writeFileSync(join(places(folders()).runs, runId, 'events.jsonl'), events)
    writeFileSync(lockFile(), JSON.stringify({ ...lock, pid: child.pid, state: folders().state }))
    return runId
  }
  const lockFile = () => join(folders().runtime, 'session.lock')
  const logOf = (runId: string) => join(places(folders()).runs, runId, 'events.jsonl')

  it('is told before anything of it is touched', async () => {
    const runId = await crash()
    const before = [readFileSync(lockFile(), 'utf8'), readFileSync(logOf(runId), 'utf8')]
    await begin()
    expect(front.engine?.leftovers).toEqual({
      runs: [{ runId, scenario: 'signed', startedAt: expect.any(String), stoppedAt: 'sign' }],
    })
    expect([readFileSync(lockFile(), 'utf8'), readFileSync(logOf(runId), 'utf8')]).toEqual(before)
  })

  it('can be resumed: the run goes on in a new session to its end, under its own id', async () => {
    const runId = await crash()
    await begin()
    expect(await codeOf(front.ask('resumeRun', { runId: 'nobody' }))).toBe('run.not-left')
    const [one, two] = await Promise.all([
      codeOf(front.ask('resumeRun', { runId })),
      codeOf(front.ask('resumeRun', { runId })),
    ])
    expect(new Set([one, two])).toEqual(new Set(['ok', 'run.not-left']))
    await front.ended(runId, 'svid')
    expect(front.engine?.leftovers).toBeNull()
    expect(front.run(runId)?.steps.every(({ status }) => status.state === 'passed')).toBe(true)
    expect(await codeOf(front.ask('resumeRun', { runId }))).toBe('run.not-left')
    await front.close()
    await begin()
    expect(front.engine?.leftovers).toBeNull()
  })

  it.each([
    ['is torn', (text: string) => text.slice(0, -20), 'line '],
    ['has lost an event', (text: string) => text.split('\n').toSpliced(3, 1).join('\n'), 'follows'],
    [
      'holds an event of another run',
      (text: string) => text.replace(/"runId":"[^"]*"(?=[^\n]*\n$)/, '"runId":"other"'),
      'other',
    ],
    ['holds something else', (text: string) => `${text}<html>\n`, 'line '],
  ])('is not resumed when its log %s: that is said, and nothing is lost', async (_how, harm, found) => {
    const runId = await crash()
    const harmed = harm(readFileSync(logOf(runId), 'utf8'))
    writeFileSync(logOf(runId), harmed)
    const lock = readFileSync(lockFile(), 'utf8')
    await begin()
    const answer = await front.ask('resumeRun', { runId })
    expect(answer).toMatchObject({ error: { code: 'run.unreadable-log', found: expect.stringContaining(found) } })
    expect(readFileSync(logOf(runId), 'utf8')).toBe(harmed)
    expect(readFileSync(lockFile(), 'utf8')).toBe(lock)
    expect(front.engine?.leftovers?.runs.map((each) => each.runId)).toEqual([runId])
  })

  it('can be cleaned up, and is gone then', async () => {
    const runId = await crash()
    const pids = join(folders().runtime, 'pids')
    await begin()
    expect(await codeOf(front.ask('cleanUp', {}))).toBe('ok')
    await until(() => front.engine?.leftovers, null)
    expect([existsSync(lockFile()), existsSync(logOf(runId)), existsSync(join(pids, 'fulcio'))]).toEqual([
      false,
      false,
      false,
    ])
    expect(await codeOf(front.ask('cleanUp', {}))).toBe('machine.nothing-left')
  })

  it('does not stand in the way of a new run, and can still be resumed after it', async () => {
    const runId = await crash()
    await begin()
    await front.ended(await front.start('unsigned'), 'svid')
    expect(front.engine?.leftovers?.runs.map((each) => each.runId)).toEqual([runId])
    expect(await codeOf(front.ask('resumeRun', { runId }))).toBe('ok')
    await front.ended(runId, 'svid')
    expect(front.step(runId, 'sandbox')).toBe('reused')
  })

  it('is only runs once a session is open: a clean-up leaves that alone', async () => {
    const runId = await crash()
    await begin({ attest: ({ signal }) => untilAborted(signal) })
    const other = await front.start('unsigned')
    await front.doing(other, 'attest')
    expect(await codeOf(front.ask('cleanUp', {}))).toBe('ok')
    expect([existsSync(logOf(runId)), existsSync(logOf(other)), existsSync(lockFile())]).toEqual([false, true, true])
    expect(front.step(other, 'attest')).toBe('running')
  })

  it('is nothing of ours while another session of this machine lives', async () => {
    const runId = await crash()
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    try {
      const startTime = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
      writeFileSync(
        lockFile(),
        JSON.stringify({ ...JSON.parse(readFileSync(lockFile(), 'utf8')), pid: child.pid, startTime }),
      )
      await begin()
      expect(front.engine?.leftovers).toBeNull()
      expect(await codeOf(front.ask('cleanUp', {}))).toBe('machine.nothing-left')
      expect(existsSync(logOf(runId))).toBe(true)
    } finally {
      child.kill()
    }
  })
})
