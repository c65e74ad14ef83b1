import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import {
  expectedPersona,
  type PersonaId,
  type ScenarioId,
  scenarioIds,
  scenarios,
} from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { type ActId, actsOf, currentAct, isReached } from './acts.ts'
import { nextPress } from './again.ts'

/** What the one primary button does. Whatever has an effect outside is never reached by going forward alone. */
export type Move =
  | { readonly kind: 'start'; readonly scenario: ScenarioId; readonly label: string }
  | { readonly kind: 'show'; readonly act: ActId; readonly label: string }
  | { readonly kind: 'continue'; readonly runId: string; readonly before: StepId; readonly label: string }
  | { readonly kind: 'resume'; readonly runId: string; readonly label: string }
  | { readonly kind: 'clean-up'; readonly label: string }
  | { readonly kind: 'start-both'; readonly label: string }
  | { readonly kind: 'compare'; readonly label: string }
  | { readonly kind: 'watch'; readonly scenario: ScenarioId; readonly label: string }
  | { readonly kind: 'prepare'; readonly label: string }
  | { readonly kind: 'log-in'; readonly persona: PersonaId; readonly label: string }

const startLabels: Readonly<Record<ScenarioId, string>> = {
  signed: 'Run the story',
  unsigned: 'Now leave the image unsigned',
  impostor: 'Now let an impostor run',
  tampered: 'Now tamper with the image',
  'borrowed-signature': 'Now copy the signature too',
  'wrong-signer': 'Now let the intern sign',
  'wrong-issuer': 'Now ask another issuer',
  'borrowed-image': 'Now start another program',
}

const againLabels: Readonly<Record<ScenarioId, string>> = {
  signed: 'Run the story again',
  unsigned: 'Again, unsigned',
  impostor: 'Let the impostor run again',
  tampered: 'Tamper again',
  'borrowed-signature': 'Copy the signature again',
  'wrong-signer': 'Let the intern sign again',
  'wrong-issuer': 'Ask the other issuer again',
  'borrowed-image': 'Start another program again',
}

/** The scenario that comes next, or null when every one has been told. */
export const nextScenario = (runs: readonly RunState[]): ScenarioId | null =>
  scenarioIds.find((id) => !runs.some((run) => run.scenario === id && (run.ok === true || run.redone))) ?? null

/** What is being looked at; null for all scenarios. */
export interface At {
  readonly run: RunState | null
  readonly act: ActId | null
}

/** The next move, or null where there is nothing to press. */
export function nextMove(engine: Pick<EngineState, 'machine' | 'runs' | 'leftovers'>, looking: At): Move | null {
  const { machine, runs, leftovers } = engine
  const { run, act } = looking
  if (machine.state === 'stopping') return null
  const running = runs.find(({ finishedAt }) => finishedAt === null)
  if (running !== undefined) return moveOf(running, looking)
  if (run !== null && act !== null) {
    const next = following(run, act, 1)
    if (next !== null) return { kind: 'show', act: next.id, label: nextLabel(next.title) }
  }
  if (machine.state === 'failed') return { kind: 'prepare', label: 'Look again' }
  if (machine.state === 'preparing' && run === null) {
    return { kind: 'watch', scenario: 'signed', label: 'Watch a recorded run' }
  }
  if (machine.state !== 'ready') return null
  if (leftovers !== null && run === null) {
    const [left] = leftovers.runs
    return left === undefined
      ? { kind: 'clean-up', label: 'Clean up what was left' }
      : { kind: 'resume', runId: left.runId, label: `Resume: ${scenarios[left.scenario].title.toLowerCase()}` }
  }
  const scenario = nextScenario(runs)
  if (scenario !== null)
    return {
      kind: 'start',
      scenario,
      label: runs.some((each) => each.scenario === scenario) ? againLabels[scenario] : startLabels[scenario],
    }
  return run === null
    ? { kind: 'start', scenario: 'signed', label: 'Run the story again' }
    : { kind: 'compare', label: 'Compare the outcomes' }
}

/** The next move while a run goes on. */
function moveOf(running: RunState, { run, act }: At): Move | null {
  const now = currentAct(running)
  if (run?.runId !== running.runId || act !== now) {
    return { kind: 'show', act: now, label: 'Back to what is going on' }
  }
  const { runId, paused } = running
  if (paused !== null) return { kind: 'continue', runId, before: paused, label: nextPress(paused) }
  const waits = running.steps.some(({ id, status }) => id === 'sign' && status.state === 'waiting')
  const persona = scenarios[running.scenario].signs ?? expectedPersona
  return waits ? { kind: 'log-in', persona, label: `Log in as the ${persona}` } : null
}

/** The act before (-1) or after (1) this one that has something to show. */
export function following(run: RunState, act: ActId, by: 1 | -1) {
  const acts = actsOf(run)
  let at = acts.findIndex(({ id }) => id === act) + by
  while (acts[at] !== undefined) {
    const candidate = acts[at]
    if (candidate !== undefined && isReached(run, candidate)) return candidate
    at += by
  }
  return null
}

/** What the primary button says that goes to an act. */
export const nextLabel = (title: string): string => `Next: ${spoken(title)}`

const spoken = (title: string): string =>
  title.startsWith('SPIRE') ? `the ${title}` : title.charAt(0).toLowerCase() + title.slice(1)
