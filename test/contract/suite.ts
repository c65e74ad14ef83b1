import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Client, createClient } from '../../src/core/contract/client.ts'
import type { Changes } from '../../src/core/contract/contract.ts'
import { follow } from '../../src/core/contract/follow.ts'
import { requestNames } from '../../src/core/contract/names.ts'
import type { Server } from '../../src/core/contract/server.ts'
import type { Transport } from '../../src/core/contract/transport.ts'
import { appError } from '../../src/core/domain/app-error.ts'
import { err, ok, type Result } from '../../src/core/domain/result.ts'
import { replay } from '../../src/core/workflow/reducer.ts'
import { eventsOf, type Stage, stage } from './stage.ts'

/** A front end's end of a transport to this server. */
export interface Connection {
  readonly transport: Transport
  readonly close: () => void | Promise<void>
}

/**
 * What every transport has to guarantee. `connect` may be called several times for one server: several windows, a
 * reload.
 */
export function transportSuite(name: string, connect: (server: Server) => Connection | Promise<Connection>): void {
  describe(`the contract over ${name}`, () => {
    let engine: Stage
    let transport: Transport
    let client: Client
    let connections: Connection[]

    const newConnection = async (): Promise<Transport> => {
      const connection = await connect(engine.server)
      connections.push(connection)
      return connection.transport
    }
    beforeEach(async () => {
      engine = stage()
      connections = []
      transport = await newConnection()
      client = createClient(transport)
    })
    afterEach(async () => {
      for (const connection of connections) await connection.close()
    })

    const codeOf = async (name: string, input: unknown): Promise<string> => {
      const answer = await transport.request(name, input)
      return answer.ok ? 'ok' : answer.error.code
    }
    /** Sends what was published, and waits for it at the other end. */
    const followed = async (follower: ReturnType<typeof follow>, lastSeq: number, run = 0) => {
      engine.server.flush()
      await vi.waitFor(() => expect(follower.get().engine?.runs[run]?.lastSeq).toBe(lastSeq))
      return follower.get().engine
    }

    it('passes input and answer on as they are', async () => {
      const asked: unknown[] = []
      engine.handlers.getLog = (input) => {
        asked.push(input)
        return ok({ lines: ['a "quoted" line', 'ümläut \u202e', ''], total: 9 })
      }
      const input = { runId: 'r1', step: 'sign', from: 6, count: 3 } as const
      expect(await client.request('getLog', input)).toEqual(
        ok({ lines: ['a "quoted" line', 'ümläut \u202e', ''], total: 9 }),
      )
      expect(asked).toEqual([input])
    })

    it('passes the error of a handler on as data', async () => {
      const error = appError('login.not-waiting', 'Nobody waits.', 'Start a run.', { expected: 'a', found: 'b' })
      engine.handlers.answerLogin = () => Promise.resolve(err(error))
      const input = { runId: 'r1', persona: 'engineer', decision: 'allow' } as const
      expect(await client.request('answerLogin', input)).toEqual(err(error))
    })

    it.each(['__proto__', 'constructor', 'toString', '', 'getsnapshot', 'x'.repeat(100_000)])(
      'refuses a request of another name (%#)',
      async (name) => {
        const answer: Result<unknown> = await transport.request(name, {})
        expect(answer).toMatchObject({ ok: false, error: { code: 'run.unknown-request' } })
        expect(JSON.stringify(answer).length).toBeLessThan(1_000)
      },
    )

    it.each([
      ['getSnapshot', { more: 1 }],
      ['getSnapshot', null],
      ['startRun', {}],
      ['startRun', { scenario: 'borrowed' }],
      ['startRun', { scenario: 'signed', program: '/bin/sh' }],
      ['startRun', 'signed'],
      ['cancelRun', { runId: '../../etc' }],
      ['cancelRun', { runId: 7 }],
      ['getLog', { runId: 'r1', step: '../events', from: 0, count: 1 }],
      ['getLog', { runId: 'r1', step: 'sign', from: -1, count: 1 }],
      ['getLog', { runId: 'r1', step: 'sign', from: 0, count: 1e9 }],
      ['findInLog', { runId: 'r1', step: 'sign', text: '', from: 0 }],
      ['findInLog', { runId: 'r1', step: 'sign', text: 'x'.repeat(201), from: 0 }],
      ['findInLog', { runId: 'r1', step: 'sign', text: { source: '(a+)+$' }, from: 0 }],
      ['answerLogin', { runId: 'r1', persona: 'root', decision: 'allow' }],
      ['prepareAgain', [1, 2]],
      ['startRun', { scenario: 'signed', pace: 'fast' }],
      ['continueRun', { runId: 'r1', pace: 'step' }],
      ['redoStep', { runId: 'r1', step: 'events', pace: 'step' }],
      ['resumeRun', { runId: '/tmp/run' }],
      ['reset', { all: true }],
      ['cleanUp', null],
      ['getRecording', { of: { kind: 'shipped', scenario: '../signed' } }],
      ['getRecording', { of: { kind: 'file', path: '/etc/passwd' } }],
      ['save', { what: { kind: 'log', runId: 'r1' } }],
      ['save', { what: { kind: 'log', runId: 'r1', step: 'sign', path: '/tmp/x' } }],
    ])('refuses a malformed %s, and no handler hears of it', async (name, input) => {
      const called = vi.fn(() => ok({}))
      Object.assign(engine.handlers, Object.fromEntries(requestNames.map((each) => [each, called])))
      expect(await codeOf(name, input)).toBe('run.malformed-request')
      expect(called).not.toHaveBeenCalled()
      expect(engine.snapshots()).toBe(0)
    })

    it.each([
      [
        'throws',
        () => {
          throw new Error('boom')
        },
      ],
      ['rejects', () => Promise.reject(new TypeError('boom'))],
    ])('answers that it is a bug when a handler %s, and goes on', async (_how, handler) => {
      engine.handlers.prepareAgain = handler
      const answer = await client.request('prepareAgain', {})
      expect(answer).toMatchObject({ ok: false, error: { code: 'run.internal', found: 'boom' } })
      expect(engine.bugs).toHaveLength(1)
      expect(await client.request('startRun', { scenario: 'signed' })).toEqual(ok({ runId: 'r1' }))
    })

    it('does not hand on an answer that is not what was agreed', async () => {
      engine.handlers.startRun = () => ok({ runId: 'NOT AN ID' })
      expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({
        ok: false,
        error: { code: 'run.unexpected-answer' },
      })
    })

    it('numbers changes without gaps and keeps those together that come together', async () => {
      const batches: Changes[] = []
      client.subscribe((batch) => batch.ok && batches.push(batch.value))
      const row = (program: string) =>
        ({ kind: 'setup', row: { program, state: 'ready', detail: '', since: '2026-11-21T12:00:00Z' } }) as const
      for (const program of ['a', 'b', 'c']) engine.server.publish(row(program))
      engine.server.flush()
      engine.server.publish(row('d'))
      engine.server.flush()
      engine.server.flush()
      await vi.waitFor(() => expect(batches).toHaveLength(2))
      expect(batches.map(({ first, changes }) => [first, changes.length])).toEqual([
        [1, 3],
        [4, 1],
      ])
      expect(batches[0]?.changes[1]).toEqual(row('b'))
    })

    it('tells nothing more to whoever has unsubscribed', async () => {
      const [gone, stayed] = [vi.fn(), vi.fn()]
      const end = client.subscribe(gone)
      client.subscribe(stayed)
      end()
      engine.server.publish({ kind: 'machine', machine: { state: 'stopping' } })
      engine.server.flush()
      await vi.waitFor(() => expect(stayed).toHaveBeenCalledTimes(1))
      expect(gone).not.toHaveBeenCalled()
    })

    it('shares no value between the two ends', async () => {
      const events = eventsOf('r1', 2)
      for (const event of events) engine.event(event)
      const first = await client.request('getSnapshot', {})
      if (first.ok) Object.assign(first.value.runs[0]?.[0] ?? {}, { runId: 'changed' })
      expect(engine.state.runs[0]).toEqual(events)
    })

    it('lets a front end follow a run, and find it again after a reload', async () => {
      const events = eventsOf('r1', 40)
      const follower = follow(client)
      await vi.waitFor(() => expect(follower.get().engine?.machine.state).toBe('ready'))
      for (const event of events.slice(0, 20)) engine.event(event)
      await followed(follower, 20)
      follower.close()

      for (const event of events.slice(20, 30)) engine.event(event)
      const reloaded = follow(createClient(await newConnection()))
      for (const event of events.slice(30)) engine.event(event)
      const state = await followed(reloaded, 40)
      expect(state?.runs).toEqual([replay(events)])
      expect(state?.about).toEqual(engine.state.about)
      expect(reloaded.get().problem).toBeNull()
    })

    it('shows two windows the same', async () => {
      const followers = [follow(client), follow(createClient(await newConnection()))]
      for (const event of eventsOf('r1', 5)) engine.event(event)
      const states = await Promise.all(followers.map((each) => followed(each, 5)))
      expect(states[0]).toEqual(states[1])
    })
  })
}
