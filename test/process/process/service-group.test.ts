import { describe, expect, it } from 'vitest'
import { attempt, serviceGroup } from '../../../src/core/process/services/group.ts'

describe('a group', () => {
  it('stops its members one after the other, newest first, and only once', async () => {
    const log: string[] = []
    const member = (name: string) => ({
      stop: async () => {
        log.push(`${name} stopping`)
        await new Promise((resolve) => setImmediate(resolve))
        log.push(`${name} gone`)
      },
    })
    const group = serviceGroup()
    group.add('log', member('log'))
    group.add('ca', member('ca'))
    const first = group.stop()
    group.add('late', member('late'))
    expect(await Promise.all([first, group.stop()])).toEqual([[], []])
    expect(log.slice(0, 4)).toEqual(['ca stopping', 'ca gone', 'late stopping', 'late gone'])
    expect(log.slice(4)).toEqual(['log stopping', 'log gone'])
  })

  it('can be emptied, and filled and stopped again', async () => {
    const log: string[] = []
    const member = (name: string) => ({ stop: async () => void log.push(name) })
    const group = serviceGroup()
    group.add('log', member('log'))
    group.add('ca', { stop: () => Promise.reject(new Error('stuck')) })
    expect(await group.empty()).toEqual(['ca: stuck'])
    group.add('log', member('new log'))
    expect(log).toEqual(['log'])
    expect(await group.stop()).toEqual([])
    expect(log).toEqual(['log', 'new log'])
  })

  it('continues when a member fails, throws or never ends, and names each', async () => {
    const stopped: string[] = []
    const group = serviceGroup(50)
    group.add('first', { stop: async () => void stopped.push('first') })
    group.add('failing', { stop: () => Promise.reject(new Error('the disk is full')) })
    group.add('second', { stop: async () => void stopped.push('second') })
    group.add('throwing', {
      stop: () => {
        throw new Error('a bug')
      },
    })
    group.add('endless', { stop: () => new Promise(() => undefined) })
    group.add('third', { stop: async () => void stopped.push('third') })
    const failures = ['endless: not within 0.05 s', 'throwing: a bug', 'failing: the disk is full']
    expect(await group.stop()).toEqual(failures)
    expect(stopped).toEqual(['third', 'second', 'first'])
    expect(await group.stop()).toEqual(failures)
  })
})

it('a clean-up part that throws a non-error is named too', async () => {
  expect(await attempt('the lock', () => Promise.reject('gone'))).toBe('the lock: gone')
  expect(await attempt('the lock', async () => 'done')).toBeUndefined()
})
