import type { RunState, StepState, StepView } from '../../src/core/workflow/reducer.ts'
import { artifactOf } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'

/** What the centre can show: one act for each step, the map of all parties, and three pages for what a step gave. */
export type ActId = StepId | 'map' | 'certificate' | 'log-entry' | 'identity'

export interface Act {
  readonly id: ActId
  readonly step: StepId
  /** As the rail names it. */
  readonly title: string
}

/** As the rail names them. */
export const actTitles: Readonly<Record<ActId, string>> = {
  map: 'Trust map',
  preflight: 'Preflight',
  sandbox: 'Sandbox',
  connect: 'Sigstore',
  build: 'Build',
  consent: 'Consent',
  push: 'Push',
  sign: 'Sign',
  certificate: 'Certificate',
  'log-entry': 'Log entry',
  verify: 'Verify',
  tamper: 'Tamper',
  'copy-signature': 'Copy signature',
  impersonate: 'Impostor',
  borrow: 'Other program',
  'spire-server': 'SPIRE server',
  'given-server': 'SPIRE server',
  'spire-agent': 'SPIRE agent',
  'given-agent': 'SPIRE agent',
  register: 'Register',
  attest: 'Attest',
  identity: 'Identity',
}

const pages: Readonly<Partial<Record<StepId, readonly ActId[]>>> = {
  sign: ['certificate', 'log-entry'],
  attest: ['identity'],
}

/** The acts of a run in their order. */
export const actsOf = (run: RunState): readonly Act[] => [
  // The map belongs to the whole run; it stands with the first step, where the thread begins.
  { id: 'map', step: 'preflight', title: actTitles.map },
  ...run.steps.flatMap(({ id }) =>
    [id, ...(pages[id] ?? [])].map((act) => ({ id: act, step: id, title: actTitles[act] })),
  ),
]

/** The step that an act belongs to. */
export function stepOfAct(act: ActId): StepId {
  if (act === 'certificate' || act === 'log-entry') return 'sign'
  if (act === 'identity') return 'attest'
  return act === 'map' ? 'preflight' : act
}

/** The step behind an act. Throws (a bug) when the run has no such step. */
export function stepOf(run: RunState, act: Act): StepView {
  const step = run.steps.find(({ id }) => id === act.step)
  if (step === undefined) throw new Error(`Run ${run.runId} has no step ${act.step}.`)
  return step
}

/** How an act stands, in the word that the rail and the screen reader say. */
export const stateWords: Readonly<Record<StepState['state'], string>> = {
  blocked: 'not reached',
  ready: 'not started',
  running: 'running',
  waiting: 'waiting for a person',
  cancelling: 'stopping',
  passed: 'passed',
  refused: 'refused',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  reused: 'reused',
  stale: 'stale',
}

/** The act to show while the run goes on by itself: where it is now, or what it ended with. */
export function currentAct(run: RunState): ActId {
  const active = run.steps.find(({ status }) => ['running', 'waiting', 'cancelling'].includes(status.state))
  if (active !== undefined) return active.id
  const ended = run.steps.filter(({ status }) => ['passed', 'refused', 'failed', 'cancelled'].includes(status.state))
  return ended.at(-1)?.id ?? run.steps[0]?.id ?? 'preflight'
}

/** Whether there is something to see: its step was reached, and what the page is about is there. */
export function isReached(run: RunState, act: Act): boolean {
  if (act.id === 'map') return true
  const { state } = stepOf(run, act).status
  return state !== 'blocked' && state !== 'ready' && (act.id === act.step || hasPage(run, act.id))
}

/** Whether the run has what a page is about. A step needs nothing: it can tell what it is waiting for. */
export const hasPage = (run: RunState, act: ActId): boolean => {
  if (act === 'certificate' || act === 'log-entry') return artifactOf(run, 'signature') !== undefined
  if (act === 'identity') return artifactOf(run, 'attestation') !== undefined
  return true
}
