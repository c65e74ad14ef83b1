import { describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../src/core/contract/client.ts'
import { type Follower, follow } from '../../../src/core/contract/follow.ts'
import { keptLines, logKey } from '../../../src/core/contract/log-tails.ts'
import type { Transport } from '../../../src/core/contract/transport.ts'
import { ok } from '../../../src/core/domain/result.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'
import { memoryTransport } from '../../contract/memory-transport.ts'
import { eventsOf, type Stage, stage } from '../../contract/stage.ts'

/** A front end over a transport that a test can disturb. */
function disturbed(engine: Stage) {
  const direct = memoryTransport(engine.server)
  let disturb: (batch: unknown) => unknown[] = (batch) => [batch]
  let before: () => Promise<void> = () => Promise.resolve()
  const transport: Transport = {
    request: async (name, input) => {
      const answer = await direct.request(name, input)
      await before()
      return answer
    },
    subscribe: (listener) => direct.subscribe((batch) => disturb(batch).forEach(listener)),
  }
  return {
    follower: follow(createClient(transport)),
    /** What happens to each batch from now on. */
    onBatch: (change: typeof disturb) => {
      disturb = change
    },
    /** What happens between the creation of a response and its arrival. */
    beforeAnswer: (work: typeof before) => {
      before = work
    },
  }
}
const caughtUp = (follower: Follower, seq: number) =>
  vi.waitFor(() => expect(follower.get().engine?.runs[0]?.lastSeq).toBe(seq))
const events = eventsOf('r1', 9)
const send = (engine: Stage, from: number, to: number): void => {
  for (const event of events.slice(from, to)) engine.event(event)
  engine.server.flush()
}
const log = (from: number, lines: string[], runId = 'r1') =>
  ({ kind: 'log', runId, step: 'sign', from, lines }) as const

describe('a front end that follows', () => {
  it('requests a snapshot once when nothing is lost', async () => {
    const engine = stage()
    const { follower } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    for (let at = 0; at < 9; at++) send(engine, at, at + 1)
    expect(follower.get().engine?.runs).toEqual([replay(events)])
    expect(engine.snapshots()).toBe(1)
  })

  it.each([
    ['is lost', () => []],
    ['is garbage', () => ['<html>']],
    ['has lost an event', (batch: unknown) => [withoutFirstChange(batch)]],
    ['holds an event of another version', (batch: unknown) => [withStrangeEvent(batch)]],
  ])('heals itself with a snapshot when a batch %s', async (_what, harm) => {
    const engine = stage()
    const { follower, onBatch } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    send(engine, 0, 2)
    onBatch(harm)
    send(engine, 2, 5)
    onBatch((batch) => [batch])
    send(engine, 5, 9)
    await caughtUp(follower, 9)
    expect(follower.get().engine?.runs).toEqual([replay(events)])
    expect(follower.get().problem).toBeNull()
    expect(engine.snapshots()).toBeGreaterThan(1)
  })

  it('applies a duplicate batch only once', async () => {
    const engine = stage()
    const { follower, onBatch } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    onBatch((batch) => [batch, batch])
    send(engine, 0, 5)
    send(engine, 5, 9)
    expect(follower.get().engine?.runs).toEqual([replay(events)])
    expect(engine.snapshots()).toBe(1)
  })

  it('applies what happened while the snapshot was being fetched, and nothing of it twice', async () => {
    const engine = stage()
    for (const event of events.slice(0, 3)) engine.event(event)
    const { follower, beforeAnswer } = disturbed(engine)
    beforeAnswer(() => {
      beforeAnswer(() => Promise.resolve())
      // Still in transit when the snapshot is taken: the first three. After it: the others.
      send(engine, 3, 9)
      return Promise.resolve()
    })
    await caughtUp(follower, 9)
    expect(follower.get().engine?.runs).toEqual([replay(events)])
    expect(engine.snapshots()).toBe(1)
  })

  it('says why it has no state, and continues as soon as it can', async () => {
    const engine = stage()
    engine.state.runs.push(events.slice(3))
    const { follower } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().problem?.code).toBe('run.unexpected-answer'))
    engine.state.runs.pop()
    send(engine, 0, 1)
    await caughtUp(follower, 1)
    expect(follower.get().problem).toBeNull()
  })

  it('returns the same value until something changes, and notifies no one after it is closed', async () => {
    const engine = stage()
    const { follower } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    const before = follower.get()
    const listener = vi.fn()
    follower.subscribe(listener)
    expect(follower.get()).toBe(before)
    send(engine, 0, 1)
    expect(listener).toHaveBeenCalledTimes(1)
    expect(follower.get()).not.toBe(before)
    follower.close()
    send(engine, 1, 9)
    expect(listener).toHaveBeenCalledTimes(1)
  })

  it('drops runs and logs at a reset, and keeps what a crash has left until the user has decided', async () => {
    const engine = stage()
    const leftovers = { runs: [{ runId: 'r0', scenario: 'signed', startedAt: '', stoppedAt: 'sign' }] } as const
    engine.state.leftovers = structuredClone(leftovers) as never
    const { follower } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine?.leftovers).toEqual(leftovers))
    send(engine, 0, 9)
    await follower.openLog('r1', 'sign')
    engine.server.publish({ kind: 'leftovers', leftovers: null })
    engine.server.publish({ kind: 'reset' })
    engine.server.flush()
    expect(follower.get().engine).toMatchObject({ leftovers: null, runs: [], logs: {} })
    send(engine, 0, 2)
    expect(follower.get().engine?.runs).toEqual([replay(events.slice(0, 2))])
  })

  it('clears the list of the setup when it starts again', async () => {
    const engine = stage()
    const { follower } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    const row = { program: 'cosign', state: 'failed', detail: '', since: '' } as const
    engine.server.publish({ kind: 'setup', row })
    engine.server.publish({ kind: 'setup', row: { ...row, state: 'ready' } })
    engine.server.flush()
    expect(follower.get().engine?.setup).toEqual([{ ...row, state: 'ready' }])
    engine.server.publish({ kind: 'machine', machine: { state: 'preparing' } })
    engine.server.flush()
    expect(follower.get().engine?.setup).toEqual([])
  })
})

describe('the log of a step that is followed', () => {
  const all = Array.from({ length: keptLines + 500 }, (_, at) => `line ${at}`)
  const withLog = (engine: Stage, length: () => number) => {
    engine.handlers.getLog = ({ from, count }) => {
      const written = all.slice(0, length())
      return ok({ lines: written.slice(from, from + count), total: written.length })
    }
  }
  const tail = (follower: Follower) => follower.get().engine?.logs[logKey('r1', 'sign')]

  it('joins fetched and new lines, without a gap and without a duplicate', async () => {
    const engine = stage()
    let length = 10
    withLog(engine, () => length)
    const { follower, beforeAnswer } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    beforeAnswer(() => {
      beforeAnswer(() => Promise.resolve())
      // Fetched as well as published.
      engine.server.publish(log(10, all.slice(10, 30)))
      length = 30
      engine.server.flush()
      return Promise.resolve()
    })
    await follower.openLog('r1', 'sign')
    engine.server.publish(log(30, all.slice(30, 40)))
    engine.server.flush()
    expect(tail(follower)).toEqual({ from: 0, lines: all.slice(0, 40) })
  })

  it('is bounded, and keeps the newest lines', async () => {
    const engine = stage()
    withLog(engine, () => all.length)
    const { follower } = disturbed(engine)
    await follower.openLog('r1', 'sign')
    expect(tail(follower)).toEqual({ from: 500, lines: all.slice(500) })
    engine.server.publish(log(all.length, ['one more']))
    engine.server.flush()
    expect(tail(follower)).toMatchObject({ from: 501 })
    expect(tail(follower)?.lines).toHaveLength(keptLines)
    expect(tail(follower)?.lines.at(-1)).toBe('one more')
  })

  it('is fetched again when batches were lost', async () => {
    const engine = stage()
    let length = 10
    withLog(engine, () => length)
    const { follower, onBatch } = disturbed(engine)
    await follower.openLog('r1', 'sign')
    onBatch(() => [])
    engine.server.publish(log(10, all.slice(10, 20)))
    engine.server.flush()
    onBatch((batch) => [batch])
    length = 25
    engine.server.publish(log(20, all.slice(20, 25)))
    engine.server.flush()
    await vi.waitFor(() => expect(tail(follower)).toEqual({ from: 0, lines: all.slice(0, 25) }))
  })

  it('of a session step is one log, whichever run requests it', async () => {
    const engine = stage()
    const { follower } = disturbed(engine)
    await vi.waitFor(() => expect(follower.get().engine).not.toBeNull())
    engine.server.publish({ kind: 'log', runId: 'session', step: 'spire-server', from: 0, lines: ['started'] })
    engine.server.flush()
    expect(logKey('r1', 'spire-server')).toBe(logKey('r2', 'spire-server'))
    expect(follower.get().engine?.logs[logKey('r2', 'spire-server')]?.lines).toEqual(['started'])
  })
})

type Batch = { first: number; changes: { kind: string; event?: Record<string, unknown> }[] }
const withoutFirstChange = (batch: unknown): unknown => {
  const { first, changes } = batch as Batch
  return { first, changes: changes.slice(1) }
}
const withStrangeEvent = (batch: unknown): unknown => {
  const { first, changes } = batch as Batch
  return { first, changes: changes.map((change) => ({ ...change, event: { ...change.event, type: 'step.flew' } })) }
}
