import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { Profile } from '../../src/core/workflow/profile.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import {
  expectedPersona,
  type PersonaId,
  type ScenarioId,
  scenarioIdsWith,
  scenarios,
} from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { nextPress } from '../acts/headline.ts'
import { acts } from '../acts/table.ts'
import { type ActId, actsOf, currentAct, isReached } from './acts.ts'

/** What the one primary button does. An effect outside is never reached by going forward alone. */
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
  | {
      readonly kind: 'answer'
      readonly runId: string
      readonly step: StepId
      readonly answer: 'yes' | 'no'
      readonly label: string
    }

const startLabel = (scenario: ScenarioId, profile: Profile, again: boolean): string =>
  scenario === 'wrong-signer' && profile.kind !== 'sandbox'
    ? `${again ? 'Let' : 'Now let'} another person sign${again ? ' again' : ''}`
    : scenarios[scenario].buttons[again ? 'again' : 'first']

/** The next scenario in this environment, or null when every one has been run. */
export const nextScenario = (runs: readonly RunState[], profile: Profile): ScenarioId | null =>
  scenarioIdsWith(profile).find((id) => !runs.some((run) => run.scenario === id && (run.ok === true || run.redone))) ??
  null

/** What is shown; null for all scenarios. */
export interface At {
  readonly run: RunState | null
  readonly act: ActId | null
}

/** The next move, or null where there is nothing to press. */
export function nextMove(
  engine: Pick<EngineState, 'machine' | 'runs' | 'leftovers' | 'profile'>,
  looking: At,
): Move | null {
  const { machine, runs, leftovers, profile } = engine
  const { run, act } = looking
  if (machine.state === 'stopping') return null
  const running = runs.find(({ finishedAt }) => finishedAt === null)
  if (running !== undefined) return moveOf(running, looking)
  if (run !== null && act !== null) {
    const next = following(run, act, 1)
    if (next !== null) return { kind: 'show', act: next.id, label: nextLabel(acts[next.id].title) }
  }
  if (machine.state === 'failed') return { kind: 'prepare', label: 'Check again' }
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
  const scenario = nextScenario(runs, profile)
  if (scenario !== null)
    return {
      kind: 'start',
      scenario,
      label: startLabel(
        scenario,
        profile,
        runs.some((each) => each.scenario === scenario),
      ),
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
  return answerMove(running)
}

/** The answer to a waiting step. Before publishing, this button says no; yes has a place of its own. */
function answerMove({ runId, profile, scenario, steps }: RunState): Move | null {
  const step = steps.find(({ status }) => status.state === 'waiting')?.id
  if (step === 'consent') return { kind: 'answer', runId, step, answer: 'no', label: 'Do not publish' }
  if (step === 'given-agent') return { kind: 'answer', runId, step, answer: 'yes', label: 'It is loaded' }
  if (step === 'register' && profile.spire === 'agent')
    return { kind: 'answer', runId, step, answer: 'yes', label: 'It is done' }
  if (step !== 'sign' || profile.kind !== 'sandbox') return null
  const persona = scenarios[scenario].signs ?? expectedPersona
  return { kind: 'log-in', persona, label: `Log in as the ${persona}` }
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

/** The primary button's label for opening an act. */
export const nextLabel = (title: string): string => `Next: ${spoken(title)}`

const spoken = (title: string): string =>
  title.startsWith('SPIRE') ? `the ${title}` : title.charAt(0).toLowerCase() + title.slice(1)
