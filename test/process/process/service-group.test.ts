import { expect, test } from 'vitest'
import { serviceGroup } from '../../../src/core/process/service-group.ts'

test('A group ends its members one after the other, newest first, and only once.', async () => {
  const log: string[] = []
  const member = (name: string) => ({
    stop: async () => {
      log.push(`${name} stopping`)
      await new Promise((resolve) => setImmediate(resolve))
      log.push(`${name} gone`)
    },
  })
  const group = serviceGroup()
  group.add(member('log'))
  group.add(member('ca'))
  const first = group.stop()
  group.add(member('late'))
  await Promise.all([first, group.stop()])
  expect(log.slice(0, 4)).toEqual(['ca stopping', 'ca gone', 'late stopping', 'late gone'])
  expect(log.slice(4)).toEqual(['log stopping', 'log gone'])
})
