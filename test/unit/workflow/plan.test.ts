import { expect, it } from 'vitest'
import { planAfterLoss, planFor } from '../../../src/core/workflow/plan.ts'
import type { Profile } from '../../../src/core/workflow/profile.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'

const acme: Profile = { name: 'acme', title: 'Acme', kind: 'services', public: true, spire: 'ours' }

it.each(['build', 'consent', 'push'] as const)('builds the image again when a new session resumes at %s', (first) => {
  // The engine of the earlier session, and with it an image that no registry has, may be gone.
  const ids = planAfterLoss(planFor(scenarios.signed, acme), first).map(({ id }) => id)
  expect(ids).toContain('build')
  expect(ids.indexOf('build')).toBeLessThan(ids.indexOf('consent'))
})

it('keeps the pushed image when a new session resumes at sign', () => {
  const ids = planAfterLoss(planFor(scenarios.signed, acme), 'sign').map(({ id }) => id)
  expect(ids).not.toContain('build')
  expect(ids).toContain('register')
})
