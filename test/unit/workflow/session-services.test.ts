import { expect, it } from 'vitest'
import { isNeeded, startedBy } from '../../../src/core/workflow/session-services.ts'
import { stepIds, steps } from '../../../src/core/workflow/steps.ts'

it('knows which steps need a service', () => {
  const needing = (service: string) => stepIds.filter((id) => isNeeded(service, [id]))
  // Borrowing a program creates a container of the signed image.
  expect(needing('dockerd')).toEqual([
    'preflight',
    'sandbox',
    'connect',
    'build',
    'push',
    'tamper',
    'impersonate',
    'borrow',
    'attest',
  ])
  expect(needing('fulcio')).toEqual(['sandbox', 'sign'])
  expect(needing('attestor-plugin')).toEqual(['spire-agent', 'register', 'attest'])
  expect(needing('a-new-one')).toEqual([...stepIds])
  expect(isNeeded('registry', [])).toBe(false)
})

it.each(['dockerd', 'fulcio', 'registry', 'spire-server', 'attestor-plugin'])(
  'starts %s in a session step that uses it',
  (service) => {
    const id = startedBy(service)
    expect(id && steps[id].scope).toBe('session')
    expect(isNeeded(service, id === undefined ? [] : [id])).toBe(true)
  },
)
