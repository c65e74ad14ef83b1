import { readFileSync } from 'node:fs'
import type { Client } from '../../../src/core/contract/client.ts'
import { fromSnapshot } from '../../../src/core/contract/engine-state.ts'
import { appError } from '../../../src/core/domain/app-error.ts'
import { err, ok, type Result } from '../../../src/core/domain/result.ts'
import { GivingTalk } from '../../../src/core/talks/giving.ts'
import type { RunState } from '../../../src/core/workflow/reducer.ts'

const shipped = readFileSync('assets/talks/ten-minutes.json', 'utf8')

/** A talk over an engine that has these runs, and notes what is requested of it. */
export function stage({
  text = shipped,
  start = ok({ runId: 'none' }) as Result<{ runId: string }>,
  rehearsed = false,
  now = () => '2026-11-21T12:00:00.000Z',
} = {}) {
  const asked: (readonly [string, unknown])[] = []
  let runs: readonly RunState[] = []
  let listener = (): void => undefined
  const request = (name: string, input: unknown) => {
    asked.push([name, input])
    if (name === 'readTalk') return Promise.resolve(ok({ text }))
    if (name === 'getRecording') {
      const { scenario } = (input as { of: { scenario: string } }).of
      const none = appError('machine.file', 'There is no such file.', 'Rehearse.')
      return Promise.resolve(
        rehearsed ? ok({ text: readFileSync(`test/renderer/recordings/${scenario}.jsonl`, 'utf8') }) : err(none),
      )
    }
    return Promise.resolve(name === 'startRun' ? start : ok({}))
  }
  const snapshot = fromSnapshot({
    number: 1,
    about: { version: '0', runTime: null },
    profile: { name: 'sandbox', title: 'Sandbox', kind: 'sandbox', public: false, spire: 'ours' },
    machine: { state: 'ready' },
    setup: [],
    services: [],
    runs: [],
    leftovers: null,
  })
  if (!snapshot.ok) throw new Error('no state')
  const giving = new GivingTalk({
    client: { request, subscribe: () => () => undefined } as unknown as Client,
    follower: {
      get: () => ({ engine: { ...snapshot.value, runs }, problem: null }),
      subscribe: (each) => {
        listener = each
        return () => undefined
      },
      openLog: () => Promise.resolve(),
      close: () => undefined,
    },
    now,
    changed: () => undefined,
  })
  const has = (...now: readonly RunState[]): void => {
    runs = now
    listener()
  }
  const requests = () => asked.map(([name]) => name).filter((name) => name !== 'readTalk' && name !== 'getRecording')
  return { giving, asked, requests, has }
}
