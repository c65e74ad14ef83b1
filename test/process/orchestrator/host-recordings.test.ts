import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseRecording } from '../../../src/core/contract/recording.ts'
import { places } from '../../../src/core/machine/folders.ts'
import { passed, type StepRun } from '../../../src/core/steps/step.ts'
import { GivingTalk } from '../../../src/core/talks/giving.ts'
import { codeOf, HostStage } from './scripted-host.ts'

const stage = new HostStage()

describe('a recording', () => {
  const printing =
    (...lines: string[]): StepRun =>
    async ({ logFile, report }) => {
      report({ type: 'step.noted', text: `state in ${places(stage.folders).runs}/x` })
      appendFileSync(logFile, lines.map((line) => `${line}\n`).join(''))
      return passed({ kind: 'built-image' } as never)
    }
  const recordingOf = async (runId: string) => {
    const answer = await stage.front.ask('getRecording', { of: { kind: 'run', runId } })
    if (!answer.ok) throw new Error(JSON.stringify(answer.error))
    return answer.value.text
  }
  interface Line {
    readonly type: string
    readonly seq: number
    readonly step: string
    readonly lines: string[]
  }
  const linesOf = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)

  it('holds every event, and every line where it was printed, including the session’s services', async () => {
    const sandbox: StepRun = async () => {
      appendFileSync(join(places(stage.folders).logs, 'fulcio.log'), 'fulcio is up\n')
      return passed({ kind: 'sigstore' } as never)
    }
    await stage.begin({ build: printing('Step 1/6 : FROM scratch', `in ${stage.folders.state}/engine`), sandbox })
    const runId = await stage.front.start('unsigned')
    await stage.front.ended(runId, 'svid')
    const text = await recordingOf(runId)
    const [header, ...rest] = linesOf(text)
    expect(header).toMatchObject({ format: 'sigstore-attestor-recording', program: '1.2.3', scenario: 'unsigned' })
    const where = (line: string) => {
      const at = rest.findIndex((each) => each.type === 'log' && each.lines.includes(line))
      return [rest[at - 1]?.type, rest[at]?.step, rest[at + 1]?.type]
    }
    expect(where('fulcio | fulcio is up')).toEqual(['step.started', 'sandbox', 'step.produced'])
    expect(where('Step 1/6 : FROM scratch')).toEqual(['step.noted', 'build', 'step.produced'])
    expect(rest.filter(({ type }) => type !== 'log').map(({ seq }) => seq)).toEqual(
      Array.from({ length: stage.front.run(runId)?.lastSeq ?? 0 }, (_, at) => at + 1),
    )
    expect(text).not.toContain(stage.machine.folder)
    expect(text).toContain('in /home/you/.local/state/sigstore-attestor/engine')
    expect(text).toContain('state in /home/you/.local/state/sigstore-attestor/runs/x')
  })

  it('and everything else that is kept of a run holds no note of the talk that started it', async () => {
    await stage.begin({ build: printing('Step 1/6 : FROM scratch') })
    const { client, follower } = stage.front
    const stops = [{ act: 'attest', minutes: 1, notes: 'SECRET-NOTE, said aloud' }]
    const text = JSON.stringify({ title: 'A talk', minutes: 1, parts: [{ scenario: 'unsigned', stops }] })
    expect(await codeOf(stage.front.ask('saveTalk', { name: 'mine', text, replace: false }))).toBe('ok')
    const giving = new GivingTalk({ client, follower, now: () => '2026-11-21T12:00:00.000Z', changed: () => undefined })
    await giving.begin('mine', 'live')
    await giving.press('next')
    await giving.press('next')
    const runId = giving.audience().view?.runId ?? ''
    await stage.front.ended(runId, 'svid')
    expect(giving.presenter()?.notes).toContain('SECRET-NOTE')
    expect(await recordingOf(runId)).not.toContain('SECRET-NOTE')
    expect(JSON.stringify(stage.front.engine)).not.toContain('SECRET-NOTE')
    const kept = readdirSync(stage.machine.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => readFileSync(file).includes('SECRET-NOTE'))
    expect(kept).toEqual([join(stage.folders.config, 'talks', 'mine.json')])
  })

  it('of an unknown run is refused', async () => {
    await stage.begin()
    expect(await codeOf(stage.front.ask('getRecording', { of: { kind: 'run', runId: 'nobody' } }))).toBe('run.unknown')
    expect(await codeOf(stage.front.ask('getRecording', { of: { kind: 'shipped', scenario: 'signed' } }))).toBe(
      'recording.not-shipped',
    )
    expect(parseRecording('').ok).toBe(false)
  })

  it('and a log are saved where the person chooses, atomically', async () => {
    const target = join(stage.machine.folder, 'saved')
    const asked: string[] = []
    let answer: string | null = target
    await stage.begin({ build: printing('one', 'two') }, (name) => {
      asked.push(name)
      return Promise.resolve(answer)
    })
    const runId = await stage.front.start('unsigned')
    await stage.front.ended(runId, 'svid')
    const log = { kind: 'log', runId, step: 'build' } as const
    expect(await stage.front.ask('save', { what: log })).toEqual({ ok: true, value: { path: target } })
    expect(readFileSync(target, 'utf8')).toBe('one\ntwo\n')
    expect(await codeOf(stage.front.ask('save', { what: { kind: 'recording', runId } }))).toBe('ok')
    expect(readFileSync(target, 'utf8')).toBe(await recordingOf(runId))
    expect(asked).toEqual([`${runId}-build.log`, `${runId}.jsonl`])
    answer = null
    expect(await stage.front.ask('save', { what: log })).toEqual({ ok: true, value: { path: null } })
    answer = join(stage.machine.folder, 'no-such-folder', 'x')
    expect(await codeOf(stage.front.ask('save', { what: log }))).toBe('machine.not-saved')
    expect(await codeOf(stage.front.ask('save', { what: { ...log, runId: 'nobody' } }))).toBe('run.unknown')
    expect(asked).toHaveLength(4)
  })

  it('is not saved without a window to ask in', async () => {
    await stage.begin()
    const runId = await stage.front.start('unsigned')
    expect(await codeOf(stage.front.ask('save', { what: { kind: 'recording', runId } }))).toBe('run.no-window')
  })
})
