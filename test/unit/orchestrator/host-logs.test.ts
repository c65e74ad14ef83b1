import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Change } from '../../../src/core/contract/changes.ts'
import { type HostLogs, hostLogs } from '../../../src/core/orchestrator/logs/logs.ts'

let base: string
let session: string
let run: string
let logs: HostLogs
let changes: Extract<Change, { kind: 'log' }>[]

const begin = (): void => {
  logs = hostLogs(session, (change) => change.kind === 'log' && changes.push(change))
  logs.addRun('r1', run)
}
const published = (): string[] => changes.flatMap(({ lines }) => lines)

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'logs-'))
  session = join(base, 'logs')
  run = join(base, 'runs', 'r1')
  mkdirSync(session)
  changes = []
})
afterEach(() => {
  logs.close()
  rmSync(base, { recursive: true, force: true })
})

describe('the logs of a host', () => {
  it('report lines by themselves, soon after they are written', async () => {
    begin()
    writeFileSync(join(run, 'sign.log'), 'one\ntwo\n')
    await vi.waitFor(() =>
      expect(changes).toEqual([{ kind: 'log', runId: 'r1', step: 'sign', from: 0, lines: ['one', 'two'] }]),
    )
    appendFileSync(join(run, 'sign.log'), 'three\n')
    await vi.waitFor(() => expect(changes[1]).toMatchObject({ from: 2, lines: ['three'] }))
  })

  it('begin where an earlier session ended', () => {
    writeFileSync(join(session, 'spire-agent.log'), 'of yesterday\n')
    begin()
    appendFileSync(join(session, 'spire-agent.log'), 'of today\n')
    logs.readNew()
    expect(changes).toEqual([{ kind: 'log', runId: 'session', step: 'spire-agent', from: 0, lines: ['of today'] }])
  })

  it('put the services of the sandbox into one log, each line with its service, in order of arrival', () => {
    for (const name of ['fulcio', 'issuer']) writeFileSync(join(session, `${name}.log`), '')
    begin()
    appendFileSync(join(session, 'fulcio.log'), 'a\n')
    logs.readNew()
    appendFileSync(join(session, 'issuer.log'), 'b\nc\n')
    logs.readNew()
    appendFileSync(join(session, 'fulcio.log'), 'd\n')
    logs.readNew()
    expect(published()).toEqual(['fulcio | a', 'issuer | b', 'issuer | c', 'fulcio | d'])
    expect(logs.read('whoever', 'sandbox', 1, 3)).toEqual({
      lines: ['issuer | b', 'issuer | c', 'fulcio | d'],
      total: 4,
    })
  })

  it('wait for the end of a line, at whatever byte it is split', () => {
    begin()
    const bytes = Buffer.from('größer\n')
    for (const byte of bytes) {
      expect(published()).toEqual([])
      appendFileSync(join(run, 'verify.log'), Buffer.of(byte))
      logs.readNew()
    }
    expect(published()).toEqual(['größer'])
  })

  it('read a hundred thousand lines by range, and report them in pieces that can be sent', () => {
    begin()
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at} ${'·'.repeat(at % 50)}`)
    writeFileSync(join(run, 'sign.log'), `${lines.join('\n')}\n`)
    logs.readNew()
    expect(published()).toEqual(lines)
    expect(Math.max(...changes.map((change) => change.lines.length))).toBe(500)
    expect(logs.read('r1', 'sign', 99_990, 2_000)).toEqual({ lines: lines.slice(99_990), total: 100_000 })
    expect(logs.read('r1', 'sign', 50_000, 3).lines).toEqual(lines.slice(50_000, 50_003))
  })

  it('shorten a line that is too long to be sent', () => {
    begin()
    writeFileSync(join(run, 'sign.log'), `before\n${'x'.repeat(1_204_000)}\n${'ö'.repeat(9_000)}\nnext\n`)
    logs.readNew()
    expect(published()).toEqual([
      'before',
      `${'x'.repeat(4_000)} … 1.2 MB more, in its file`,
      `${'ö'.repeat(4_000)} … 5.0 kB more, in its file`,
      'next',
    ])
  })

  it('find a text in all lines, as they are shown, piece by piece', () => {
    begin()
    const lines = Array.from({ length: 25_000 }, (_, at) =>
      at % 1_000 === 7 ? `line ${at} \u001b[31mRe\u001b[0mkor` : `${at}`,
    )
    writeFileSync(join(run, 'sign.log'), `${lines.join('\n')}\n`)
    logs.readNew()
    const first = logs.find('r1', 'sign', 'rekor', 0)
    expect(first).toEqual({ lines: Array.from({ length: 10 }, (_, at) => at * 1_000 + 7), searched: 10_000 })
    expect(logs.find('r1', 'sign', 'rekor', 20_000)).toMatchObject({ searched: 25_000 })
    expect(logs.find('r1', 'sign', 'rekor', 24_008).lines).toEqual([])
    expect(logs.find('r1', 'sign', 'rekor', 30_000)).toEqual({ lines: [], searched: 25_000 })
    expect(logs.find('r1', 'build', 'rekor', 0)).toEqual({ lines: [], searched: 0 })
    // A regular expression is treated as plain text, and so are invisible characters.
    expect(logs.find('r1', 'sign', '.*', 0).lines).toEqual([])
    expect(logs.find('r1', 'sign', '\u001b[31m', 0).lines).toEqual([])
  })

  it('hold nothing that is not the log of a step', () => {
    begin()
    for (const name of ['events.jsonl', 'passwd.log', 'sign.log.old']) writeFileSync(join(run, name), 'secret\n')
    logs.readNew()
    expect(changes).toEqual([])
    expect(logs.read('r1', 'build', 0, 10)).toEqual({ lines: [], total: 0 })
  })
})
