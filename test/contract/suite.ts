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

/** What this suite needs of a test runner. Vitest runs it over transports of Node, Playwright Test over Electron's. */
export interface Runner {
  readonly describe: (title: string, body: () => void) => void
  readonly test: (title: string, body: () => Promise<void>) => void
  readonly beforeEach: (body: () => Promise<void>) => void
  readonly afterEach: (body: () => Promise<void>) => void
  readonly expect: {
    (value: unknown): Matchers
    readonly poll: (read: () => unknown, options: { readonly message: string }) => Pick<Matchers<Promise<void>>, 'toBe'>
  }
}

interface Matchers<T = void> {
  readonly toBe: (expected: unknown) => T
  readonly toBeNull: () => T
  readonly toBeLessThan: (expected: number) => T
  readonly toEqual: (expected: unknown) => T
  readonly toHaveLength: (expected: number) => T
  readonly toMatchObject: (expected: Record<string, unknown>) => T
}

/**
 * What every transport has to guarantee. `connect` may be called several times for one server: several windows, a
 * reload.
 */
export function transportSuite(
  { describe, test, beforeEach, afterEach, expect }: Runner,
  name: string,
  connect: (server: Server) => Connection | Promise<Connection>,
): void {
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
      const reached = () => follower.get().engine?.runs[run]?.lastSeq
      await expect.poll(reached, { message: `the front end has event ${lastSeq} of the run` }).toBe(lastSeq)
      return follower.get().engine
    }

    test('passes input and answer on as they are', async () => {
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

    test('passes the error of a handler on as data', async () => {
      const error = appError('login.not-waiting', 'Nobody waits.', 'Start a run.', { expected: 'a', found: 'b' })
      engine.handlers.answerLogin = () => Promise.resolve(err(error))
      const input = { runId: 'r1', persona: 'engineer', decision: 'allow' } as const
      expect(await client.request('answerLogin', input)).toEqual(err(error))
    })

    for (const [at, name] of [
      '__proto__',
      'constructor',
      'toString',
      '',
      'getsnapshot',
      'x'.repeat(100_000),
    ].entries()) {
      test(`refuses a request of another name (${at})`, async () => {
        const answer: Result<unknown> = await transport.request(name, {})
        expect(answer).toMatchObject({ ok: false, error: { code: 'run.unknown-request' } })
        expect(JSON.stringify(answer).length).toBeLessThan(1_000)
      })
    }

    for (const [at, [name, input]] of (
      [
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
      ] as const
    ).entries()) {
      test(`refuses a malformed ${name}, and no handler hears of it (${at})`, async () => {
        const called: string[] = []
        const handlers = requestNames.map((each) => [each, () => (called.push(each), ok({}))])
        Object.assign(engine.handlers, Object.fromEntries(handlers))
        expect(await codeOf(name, input)).toBe('run.malformed-request')
        expect(called).toEqual([])
        expect(engine.snapshots()).toBe(0)
      })
    }

    for (const [how, handler] of [
      [
        'throws',
        () => {
          throw new Error('boom')
        },
      ],
      ['rejects', () => Promise.reject(new TypeError('boom'))],
    ] as const)
      test(`answers that it is a bug when a handler ${how}, and goes on`, async () => {
        engine.handlers.prepareAgain = handler
        const answer = await client.request('prepareAgain', {})
        expect(answer).toMatchObject({ ok: false, error: { code: 'run.internal', found: 'boom' } })
        expect(engine.bugs).toHaveLength(1)
        expect(await client.request('startRun', { scenario: 'signed' })).toEqual(ok({ runId: 'r1' }))
      })

    test('does not hand on an answer that is not what was agreed', async () => {
      engine.handlers.startRun = () => ok({ runId: 'NOT AN ID' })
      expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({
        ok: false,
        error: { code: 'run.unexpected-answer' },
      })
    })

    test('numbers changes without gaps and keeps those together that come together', async () => {
      const batches: Changes[] = []
      client.subscribe((batch) => batch.ok && batches.push(batch.value))
      const row = (program: string) =>
        ({ kind: 'setup', row: { program, state: 'ready', detail: '', since: '2026-11-21T12:00:00Z' } }) as const
      for (const program of ['a', 'b', 'c']) engine.server.publish(row(program))
      engine.server.flush()
      engine.server.publish(row('d'))
      engine.server.flush()
      engine.server.flush()
      await expect.poll(() => batches.length, { message: 'both batches have come' }).toBe(2)
      expect(batches.map(({ first, changes }) => [first, changes.length])).toEqual([
        [1, 3],
        [4, 1],
      ])
      expect(batches[0]?.changes[1]).toEqual(row('b'))
    })

    test('sends nothing more to a subscriber that has unsubscribed', async () => {
      const [gone, stayed]: [unknown[], unknown[]] = [[], []]
      const end = client.subscribe((batch) => gone.push(batch))
      client.subscribe((batch) => stayed.push(batch))
      end()
      engine.server.publish({ kind: 'machine', machine: { state: 'stopping' } })
      engine.server.flush()
      await expect.poll(() => stayed.length, { message: 'who still subscribes has heard of it' }).toBe(1)
      expect(gone).toEqual([])
    })

    test('shares no value between the two ends', async () => {
      const events = eventsOf('r1', 2)
      for (const event of events) engine.event(event)
      const first = await client.request('getSnapshot', {})
      if (first.ok) Object.assign(first.value.runs[0]?.[0] ?? {}, { runId: 'changed' })
      expect(engine.state.runs[0]).toEqual(events)
    })

    test('lets a front end follow a run, and find it again after a reload', async () => {
      const events = eventsOf('r1', 40)
      const follower = follow(client)
      const state = () => follower.get().engine?.machine.state
      await expect.poll(state, { message: 'the front end has its first snapshot' }).toBe('ready')
      for (const event of events.slice(0, 20)) engine.event(event)
      await followed(follower, 20)
      follower.close()

      for (const event of events.slice(20, 30)) engine.event(event)
      const reloaded = follow(createClient(await newConnection()))
      for (const event of events.slice(30)) engine.event(event)
      const last = await followed(reloaded, 40)
      expect(last?.runs).toEqual([replay(events)])
      expect(last?.about).toEqual(engine.state.about)
      expect(reloaded.get().problem).toBeNull()
    })

    test('shows two windows the same', async () => {
      const followers = [follow(client), follow(createClient(await newConnection()))]
      for (const event of eventsOf('r1', 5)) engine.event(event)
      const states = await Promise.all(followers.map((each) => followed(each, 5)))
      expect(states[0]).toEqual(states[1])
    })
  })
}
