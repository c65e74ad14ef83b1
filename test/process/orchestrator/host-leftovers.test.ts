import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { places } from '../../../src/core/machine/folders.ts'
import { untilAborted } from '../../unit/orchestrator/scripted.ts'
import { codeOf, HostStage, until } from './scripted-host.ts'

const stage = new HostStage()

describe('what a crash has left', () => {
  /** The log of a run whose program was killed while it signed, and the lock that it held. */
  async function crash(): Promise<string> {
    await stage.begin({ sign: ({ signal }) => untilAborted(signal) })
    const runId = await stage.front.start('signed')
    await stage.front.doing(runId, 'sign')
    const log = join(places(stage.folders).runs, runId, 'events.jsonl')
    const [events, lock] = [readFileSync(log), JSON.parse(readFileSync(lockFile(), 'utf8'))]
    await stage.crash()
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    mkdirSync(join(places(stage.folders).runs, runId), { recursive: true })
    mkdirSync(stage.folders.runtime, { recursive: true })
    writeFileSync(join(places(stage.folders).runs, runId, 'events.jsonl'), events)
    writeFileSync(lockFile(), JSON.stringify({ ...lock, pid: child.pid, state: stage.folders.state }))
    return runId
  }
  const lockFile = () => join(stage.folders.runtime, 'session.lock')
  const logOf = (runId: string) => join(places(stage.folders).runs, runId, 'events.jsonl')

  it('is reported before anything of it is touched', async () => {
    const runId = await crash()
    const before = [readFileSync(lockFile(), 'utf8'), readFileSync(logOf(runId), 'utf8')]
    await stage.begin()
    expect(stage.front.engine?.leftovers).toEqual({
      runs: [{ runId, scenario: 'signed', startedAt: expect.any(String), stoppedAt: 'sign' }],
    })
    expect([readFileSync(lockFile(), 'utf8'), readFileSync(logOf(runId), 'utf8')]).toEqual(before)
  })

  it('can be resumed with its whole log, however many runs came after it', async () => {
    const runId = await crash()
    for (let newer = 0; newer < 60; newer++) {
      const folder = join(places(stage.folders).runs, `z${newer}`)
      mkdirSync(folder)
      writeFileSync(join(folder, 'events.jsonl'), '{"type":"run.finished"}\n')
    }
    await stage.begin()
    expect(await codeOf(stage.front.ask('resumeRun', { runId }))).toBe('ok')
    await stage.front.ended(runId, 'svid')
    expect(readFileSync(logOf(runId), 'utf8')).toMatch(/^\{"type":"run\.planned"/)
    expect(readdirSync(places(stage.folders).runs).length).toBeLessThanOrEqual(51)
  })

  it('can be resumed: the run continues in a new session to its end, under its own id', async () => {
    const runId = await crash()
    await stage.begin()
    expect(await codeOf(stage.front.ask('resumeRun', { runId: 'nobody' }))).toBe('run.not-left')
    const [one, two] = await Promise.all([
      codeOf(stage.front.ask('resumeRun', { runId })),
      codeOf(stage.front.ask('resumeRun', { runId })),
    ])
    expect(new Set([one, two])).toEqual(new Set(['ok', 'run.not-left']))
    await stage.front.ended(runId, 'svid')
    expect(stage.front.engine?.leftovers).toBeNull()
    expect(stage.front.run(runId)?.steps.every(({ status }) => status.state === 'passed')).toBe(true)
    expect(await codeOf(stage.front.ask('resumeRun', { runId }))).toBe('run.not-left')
    await stage.front.close()
    await stage.begin()
    expect(stage.front.engine?.leftovers).toBeNull()
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
    await stage.begin()
    const answer = await stage.front.ask('resumeRun', { runId })
    expect(answer).toMatchObject({ error: { code: 'run.unreadable-log', found: expect.stringContaining(found) } })
    expect(readFileSync(logOf(runId), 'utf8')).toBe(harmed)
    expect(readFileSync(lockFile(), 'utf8')).toBe(lock)
    expect(stage.front.engine?.leftovers?.runs.map((each) => each.runId)).toEqual([runId])
  })

  /** Lets another session finish the run. Returns its whole log. */
  function finishElsewhere(runId: string): string {
    const log = readFileSync(logOf(runId), 'utf8')
    const { seq, at } = JSON.parse(log.trim().split('\n').at(-1) ?? '')
    const [step, failed] = [
      { runId, seq: seq + 1, at, type: 'step.cancelled', step: 'sign', reason: 'closed' },
      { runId, seq: seq + 2, at, type: 'run.finished', outcome: 'cancelled', ok: false, denial: null, error: null },
    ].map((event) => JSON.stringify(event))
    const whole = `${log}${step}\n${failed}\n`
    writeFileSync(logOf(runId), whole)
    return whole
  }

  it('is not resumed if another session has finished it since it was listed, and its log stays', async () => {
    const runId = await crash()
    await stage.begin()
    const log = finishElsewhere(runId)
    expect(await stage.front.ask('resumeRun', { runId })).toMatchObject({
      error: { code: 'run.not-left', what: 'Another session has finished this run.' },
    })
    expect(readFileSync(logOf(runId), 'utf8')).toBe(log)
    await until(() => stage.front.engine?.leftovers, null)
  })

  it('is not removed if another session has finished it since it was listed', async () => {
    const runId = await crash()
    await stage.begin()
    const log = finishElsewhere(runId)
    expect(await codeOf(stage.front.ask('cleanUp', {}))).toBe('ok')
    expect(readFileSync(logOf(runId), 'utf8')).toBe(log)
  })

  it('can be cleaned up, and is gone then', async () => {
    const runId = await crash()
    const pids = join(stage.folders.runtime, 'pids')
    await stage.begin()
    expect(await codeOf(stage.front.ask('cleanUp', {}))).toBe('ok')
    await until(() => stage.front.engine?.leftovers, null)
    expect([existsSync(lockFile()), existsSync(logOf(runId)), existsSync(join(pids, 'fulcio'))]).toEqual([
      false,
      false,
      false,
    ])
    expect(await codeOf(stage.front.ask('cleanUp', {}))).toBe('machine.nothing-left')
  })

  it('does not block a new run, and can still be resumed after it', async () => {
    const runId = await crash()
    await stage.begin()
    await stage.front.ended(await stage.front.start('unsigned'), 'svid')
    expect(stage.front.engine?.leftovers?.runs.map((each) => each.runId)).toEqual([runId])
    expect(await codeOf(stage.front.ask('resumeRun', { runId }))).toBe('ok')
    await stage.front.ended(runId, 'svid')
    expect(stage.front.step(runId, 'sandbox')).toBe('reused')
  })

  it('is only runs once a session is open: a clean-up leaves that alone', async () => {
    const runId = await crash()
    await stage.begin({ attest: ({ signal }) => untilAborted(signal) })
    const other = await stage.front.start('unsigned')
    await stage.front.doing(other, 'attest')
    expect(await codeOf(stage.front.ask('cleanUp', {}))).toBe('ok')
    expect([existsSync(logOf(runId)), existsSync(logOf(other)), existsSync(lockFile())]).toEqual([false, true, true])
    expect(stage.front.step(other, 'attest')).toBe('running')
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
      await stage.begin()
      expect(stage.front.engine?.leftovers).toBeNull()
      expect(await codeOf(stage.front.ask('cleanUp', {}))).toBe('machine.nothing-left')
      expect(existsSync(logOf(runId))).toBe(true)
    } finally {
      child.kill()
    }
  })
})
