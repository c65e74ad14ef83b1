import { firstUndoneBefore } from '../../src/core/workflow/plan.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { type StepId, steps } from '../../src/core/workflow/steps.ts'
import { lower } from './headline.ts'

/** What a step does to the world outside this window, in a few words. */
export const effects: Readonly<Record<StepId, string>> = {
  preflight: 'this only looks',
  sandbox: 'this starts services',
  connect: 'this only looks',
  build: 'this makes an image',
  consent: 'this asks',
  push: 'this writes to the registry',
  sign: 'this writes to the logs',
  verify: 'this only reads',
  tamper: 'this writes to the registry',
  'copy-signature': 'this writes to the registry',
  impersonate: 'this makes an image',
  borrow: 'this writes a file',
  'spire-server': 'this starts a service',
  'given-server': 'this only looks',
  'spire-agent': 'this starts a service',
  'given-agent': 'this only looks',
  register: 'this writes to the SPIRE server',
  attest: 'this runs a container',
}

/** What the next press does, where a run is told step by step. */
export const nextPress = (step: StepId): string => `Next: ${lower(steps[step].title)} – ${effects[step]}`

/**
 * Whether a step can be done again, or, where the scenario leaves it out, after all: its turn has come, and nothing of
 * its run is going on.
 */
export function canRedo(run: RunState, id: StepId): boolean {
  const state = run.steps.find((step) => step.id === id)?.status.state
  const idle = run.finishedAt !== null || run.paused !== null
  const can = ['passed', 'refused', 'failed', 'cancelled', 'stale', 'skipped']
  return idle && state !== undefined && can.includes(state) && firstUndoneBefore(run, id) === null
}

/** Which step was done again after this one, or null while its result holds. */
export function staleBecause(run: RunState, id: StepId): StepId | null {
  const status = run.steps.find((step) => step.id === id)?.status
  return status?.state === 'stale' ? status.because : null
}
