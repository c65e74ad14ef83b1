import type { ArtifactOf } from '../workflow/artifacts.ts'
import type { RunEvent } from '../workflow/events.ts'
import { artifactOf, type RunState, type StepState } from '../workflow/reducer.ts'
import { scenarios } from '../workflow/scenarios.ts'
import { type StepId, steps } from '../workflow/steps.ts'
import type { Difference } from './recording-errors.ts'

/**
 * How an event contradicts what was recorded before it; null when it does not. The reducer accepts any order; a
 * recording is shown as a fact, so it must be one that a run can write: times go forward, a step reports while it is in
 * progress, has its artifacts when it passes, and the end follows from the attestation.
 */
export function contradiction(before: RunState, lastAt: string, event: RunEvent): Difference | null {
  if (Date.parse(event.at) < Date.parse(lastAt)) return { expected: `a time from ${lastAt} on`, found: event.at }
  if (before.finishedAt !== null && !reopens(event))
    return { expected: 'nothing after the end of the run', found: event.type }
  if (event.type === 'run.finished') return wrongEnd(before, event)
  return 'step' in event ? outOfTurn(before, event) : null
}

/** What may follow the end of a run: a person does steps again. */
const reopens = (event: RunEvent): boolean =>
  ['run.paused', 'run.cancel-requested', 'step.started', 'step.staled', 'step.skipped', 'step.reused'].includes(
    event.type,
  ) ||
  (event.type === 'step.produced' && steps[event.step].scope === 'session')

type StepEvent = Extract<RunEvent, { step: StepId }>

const active: readonly StepState['state'][] = ['running', 'waiting', 'cancelling']
const stateOf = (run: RunState, id: StepId): StepState['state'] | undefined =>
  run.steps.find((step) => step.id === id)?.status.state

function outOfTurn(before: RunState, event: StepEvent): Difference | null {
  const state = stateOf(before, event.step) ?? 'not planned'
  const found = `${event.type} of ${event.step}, which is ${state}`
  const isActive = active.some((each) => each === state)
  if (event.type === 'step.staled' || event.type === 'step.skipped' || event.type === 'step.reused') {
    return isActive ? { expected: `the end of ${event.step} first`, found } : null
  }
  if (event.type === 'step.started') {
    return isActive || state === 'blocked' ? { expected: 'a step that can be started', found } : null
  }
  // A session step that was done before emits its artifacts again, and is then reused.
  const again = event.type === 'step.produced' && steps[event.step].scope === 'session'
  if (!isActive && !again) return { expected: `${event.step} under way`, found }
  if (event.type === 'step.produced' && event.artifact.kind === 'attestation') return undecided(event.artifact)
  if (event.type === 'step.passed') return passedWithout(before, event.step)
  return event.type === 'step.refused' && event.step === 'attest' ? agrees(before, 'denial') : null
}

/** The missing artifacts of a step that passed. */
function passedWithout(before: RunState, step: StepId): Difference | null {
  const missing = steps[step].gives.filter((kind) => before.artifacts[kind] === undefined)
  if (missing.length > 0) return { expected: `${missing.join(', ')} before ${step} passes`, found: 'nothing of it' }
  return step === 'attest' ? agrees(before, 'svid') : null
}

const undecided = ({ svid, denial }: ArtifactOf<'attestation'>): Difference | null =>
  (svid === null) === (denial === null)
    ? { expected: 'an SVID or a denial', found: svid === null ? 'neither' : 'both' }
    : null

/** Whether a step's end is that of the attestation that it produced. */
function agrees(before: RunState, with_: 'svid' | 'denial'): Difference | null {
  const attestation = artifactOf(before, 'attestation')
  if (attestation === undefined) return { expected: 'an attestation', found: 'none' }
  const other = with_ === 'svid' ? 'a denial' : 'an SVID'
  return attestation[with_] === null ? { expected: `what the attestation says: ${other}`, found: 'the opposite' } : null
}

/** The end of a run is computed from its attestation (orchestrator, `Run`). */
function wrongEnd(before: RunState, event: Extract<RunEvent, { type: 'run.finished' }>): Difference | null {
  const going = before.steps.find(({ status }) => active.includes(status.state))
  if (going !== undefined) return { expected: `the end of ${going.id} first`, found: event.type }
  const { outcome, denial, ok } = event
  const gate = denial?.gate ?? null
  const unlike = outcome === 'svid' || outcome === 'denied' ? unlikeAttestation(before, outcome, gate) : null
  if (unlike !== null) return unlike
  const { expected } = scenarios[before.scenario]
  const asExpected = outcome === expected.outcome && gate === expected.gate
  return ok === asExpected ? null : { expected: `ok: ${asExpected}`, found: `ok: ${ok}` }
}

function unlikeAttestation(before: RunState, outcome: 'svid' | 'denied', gate: string | null): Difference | null {
  const attested = stateOf(before, 'attest')
  const attestation = attested === 'passed' || attested === 'refused' ? artifactOf(before, 'attestation') : undefined
  if (attestation === undefined) return { expected: 'no attestation', found: outcome }
  const said = attestation.svid === null ? 'denied' : 'svid'
  if (said !== outcome) return { expected: said, found: outcome }
  const own = attestation.denial?.gate ?? null
  return gate === own ? null : { expected: `denied at ${own ?? 'no gate'}`, found: `denied at ${gate ?? 'no gate'}` }
}
