import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KnownContainers } from '../../../src/core/attestor/cache/known-containers.ts'
import { imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { FakeEngine } from './fake-engine.ts'

const [id, other] = ['c'.repeat(64), 'd'.repeat(64)]
let folder: string
let engine: FakeEngine
let containers: KnownContainers
let startTime: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'known-containers-'))
  engine = await new FakeEngine(folder).start()
  engine.server = 'Docker/28.5.2 (linux)'
  engine.containers.set(id, { image: imageA.id, pid: 4000 })
  engine.containers.set(other, { image: imageA.id, pid: 5000 })
  engine.happens('start', id, Date.now() - 60_000)
  startTime = '111'
  containers = new KnownContainers(engine.socket, 500)
})
afterEach(async () => {
  await engine.stop()
  rmSync(folder, { recursive: true })
})

const signal = () => AbortSignal.timeout(3_000)
const count = (path: string): number => engine.asked.filter((each) => each === path).length
/** Describes a container; returns the description, and how often the engine was queried for it. */
async function describes(which = id) {
  const before = count(`/containers/${which}/json`)
  const answer = await containers.container(which, () => startTime, signal())
  const asked = count(`/containers/${which}/json`) - before
  return { asked, says: answer.ok ? answer.value : undefined }
}
const asked = async (which = id): Promise<number> => (await describes(which)).asked
/** Until it is cached: the first call begins to follow the events. */
const remembered = (which = id) => expect.poll(() => asked(which), { interval: 20 }).toBe(0)

describe('the engine\u2019s description of a container', () => {
  it('is fetched once while nothing happens to it, and events are queried each time', async () => {
    expect(await asked()).toBe(1)
    await remembered()
    const before = count('/events')
    const { asked: again, says } = await describes()
    expect([again, says?.imageId, says?.initPid]).toEqual([0, imageA.id, 4000])
    expect(await asked()).toBe(0)
    expect(count('/events') - before).toBe(2)
  })

  it.each([
    'exec_create: /bin/sh ',
    'rename',
    'update',
    'pause',
    'unpause',
    'die',
    'restart',
    'oom',
    'archive-path',
    'anything else',
  ])('is asked again after %s', async (action) => {
    await remembered()
    engine.happens(action, id)
    engine.containers.set(id, { image: imageB.id, pid: 4000 })
    const { asked: again, says } = await describes()
    expect([again, says?.imageId]).toEqual([1, imageB.id])
    await remembered()
  })

  it('is not fetched again after events of another container', async () => {
    await remembered()
    await remembered(other)
    engine.happens('die', other)
    expect([await asked(), await asked(other)]).toEqual([0, 1])
  })

  it('is fetched each time once there was an exec session: the engine forgets that without an event', async () => {
    await remembered()
    engine.happens('exec_create: /bin/sh ', id)
    engine.containers.set(id, { image: imageA.id, pid: 4000, launched: { ExecIDs: ['abc'] } })
    for (let time = 0; time < 3; time += 1) {
      const { asked: again, says } = await describes()
      expect([again, says?.launch?.execIds]).toEqual([1, ['abc']])
    }
    engine.containers.set(id, { image: imageA.id, pid: 4000 })
    expect((await describes()).says?.launch?.execIds).toEqual([])
  })

  it('is fetched again for another first process, and each time while it has none', async () => {
    await remembered()
    startTime = '112'
    expect(await asked()).toBe(1)
    await remembered()
    engine.happens('die', id)
    engine.containers.set(id, { image: imageA.id, pid: 0 })
    expect([await asked(), await asked()]).toEqual([1, 1])
  })

  it('is not cached when something happens meanwhile', async () => {
    await remembered()
    engine.happens('update', id)
    engine.onInspect = () => engine.happens('exec_create: /bin/sh ', id)
    expect([await asked(), await asked(), await asked()]).toEqual([1, 1, 1])
    engine.onInspect = () => undefined
    await asked()
    await remembered()
  })

  it('is not cached when the event meanwhile was already reported to another caller', async () => {
    await remembered(other)
    let answer: Promise<number> | undefined
    engine.onInspect = () => {
      engine.onInspect = () => undefined
      engine.happens('exec_create: /bin/sh ', id)
      answer = asked(other)
    }
    await asked()
    expect(await answer).toBe(0)
    engine.containers.set(id, { image: imageA.id, pid: 4000, launched: { ExecIDs: ['abc'] } })
    expect((await describes()).says?.launch?.execIds).toEqual(['abc'])
  })
})

describe('when events may have been missed, everything is fetched again', () => {
  it('because there were more than the engine keeps', async () => {
    await remembered()
    for (let time = 0; time < 200; time += 1) engine.happens('exec_die', other)
    expect(await asked()).toBe(0)
    for (let time = 0; time < 300; time += 1) engine.happens('exec_die', other)
    expect(await asked()).toBe(1)
    await remembered()
  })

  it('because the engine was restarted', async () => {
    await remembered()
    engine.events.length = 0
    expect(await asked()).toBe(1)
    expect(await asked()).toBe(1)
  })

  it('because the engine\u2019s clock was set back', async () => {
    await remembered()
    engine.happens('exec_create: /bin/sh ', id, Date.now() - 3_600_000)
    expect(await asked()).toBe(1)
  })

  it('because the engine does not answer in time', async () => {
    await remembered()
    engine.answersEvents = false
    const { asked: again, says } = await describes()
    expect([again, says?.id]).toEqual([1, id])
    engine.answersEvents = true
  })

  it('because the engine is down', async () => {
    await remembered()
    await engine.stop()
    expect((await describes()).says).toBeUndefined()
    await engine.start()
    expect((await describes()).says?.id).toBe(id)
  })
})

it('the container is fetched each time if the engine is not Docker', async () => {
  engine.server = ''
  for (let time = 0; time < 5; time += 1) expect(await asked()).toBe(1)
  expect(count('/events')).toBe(1)
})

it('one query serves many waiting callers, and never those who came after it', async () => {
  await remembered()
  const before = count('/events')
  const first = describes()
  const many = Array.from({ length: 100 }, () => describes())
  engine.happens('rename', id)
  expect((await Promise.all([first, ...many])).every(({ says }) => says?.id === id)).toBe(true)
  expect(count('/events') - before).toBeLessThanOrEqual(2)
  await remembered()
  const looks = count('/events')
  const look = describes()
  await expect.poll(() => count('/events'), { interval: 1 }).toBe(looks + 1)
  engine.happens('rename', id)
  expect(await asked()).toBe(1)
  await look
})
