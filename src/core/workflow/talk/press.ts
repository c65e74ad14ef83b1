import { stepOfAct } from '../acts.ts'
import { planFor } from '../plan.ts'
import { outcomeKey } from '../prediction.ts'
import type { RunState } from '../reducer.ts'
import { expectedPersona, type PersonaId, type ScenarioId, scenarios } from '../scenarios.ts'
import type { StepId } from '../steps.ts'
import { isAsking, stopAt, stopsOf, type TalkPosition } from './position.ts'

/** What the next press does. `says` is what the presenter reads, and the audience before a second press. */
export type Press =
  | { readonly kind: 'show'; readonly at: number; readonly effect: false; readonly says: string }
  /** Starts the run of the next stop's part. */
  | {
      readonly kind: 'start'
      readonly at: number
      readonly part: number
      readonly scenario: ScenarioId
      readonly effect: true
      readonly says: string
    }
  | { readonly kind: 'log-in'; readonly persona: PersonaId; readonly effect: true; readonly says: string }
  /** Nothing: a person has to answer on the page, or something is under way. */
  | { readonly kind: 'wait'; readonly effect: false; readonly says: string }
  | { readonly kind: 'reveal'; readonly effect: false; readonly says: string }
  | { readonly kind: 'end'; readonly effect: false; readonly says: string }

const nothing = 'Nothing outside this window changes.'

/** What the next press does at this position, as the session's runs stand. Pure. */
export function nextPress(position: TalkPosition, runs: readonly RunState[]): Press {
  const { talk, at, mode } = position
  const stops = stopsOf(talk)
  // A replay asks no engine for anything, nor does the rehearsal that is shown instead.
  const live = mode === 'live' && !position.net
  if (live) {
    const waiting = answerOf(position, runs)
    if (waiting !== null) return waiting
  }
  const here = stops[at]
  // A part that was shown from its rehearsal has no run of its own yet: back at live, its stop comes once more.
  const again = live && here !== undefined && position.runs[here.part] === undefined
  if (isAsking(position) && !again)
    return live && !isDecided(shownRun(position, runs))
      ? { kind: 'wait', effect: false, says: 'Wait: the verdict is not there yet. The room can vote.' }
      : { kind: 'reveal', effect: false, says: 'Reveals the verdict, with the votes.' }
  const to = again ? at : at + 1
  const next = stops[to]
  if (next === undefined) return { kind: 'end', effect: false, says: 'This is the last stop.' }
  if (!live || position.runs[next.part] !== undefined) return { kind: 'show', at: to, effect: false, says: nothing }
  const running = runs.find(({ finishedAt }) => finishedAt === null)
  if (running !== undefined)
    return { kind: 'wait', effect: false, says: `Wait: the run “${scenarios[running.scenario].title}” is not over.` }
  return {
    kind: 'start',
    at: to,
    part: next.part,
    scenario: next.scenario,
    effect: true,
    says: startWords(next.scenario, runs),
  }
}

/** Whether a run has its verdict, or will have none. */
const isDecided = (run: RunState | undefined): boolean =>
  run !== undefined && (run.finishedAt !== null || outcomeKey(run) !== null)

function shownRun(position: TalkPosition, runs: readonly RunState[]): RunState | undefined {
  const part = stopAt(position)?.part
  const runId = part === undefined ? undefined : position.runs[part]
  return runs.find((each) => each.runId === runId)
}

/** The answer that a waiting run needs from a person before the talk goes on. */
function answerOf(position: TalkPosition, runs: readonly RunState[]): Press | null {
  const run = shownRun(position, runs)
  const step = run?.steps.find(({ status }) => status.state === 'waiting')?.id
  if (run === undefined || step === undefined || comesBefore(position, run, step)) return null
  if (step === 'sign' && run.profile.kind === 'sandbox') {
    const persona = scenarios[run.scenario].signs ?? expectedPersona
    return {
      kind: 'log-in',
      persona,
      effect: true,
      says: `Logs in as the ${persona}: cosign signs, and writes to the logs.`,
    }
  }
  // Publishing is never answered by a clicker.
  return { kind: 'wait', effect: false, says: 'A person has to answer on the page first.' }
}

/** Whether the next stop is about the step that waits, or about an earlier one: the room sees it first. */
function comesBefore({ talk, at, runs }: TalkPosition, { runId, steps }: RunState, waiting: StepId): boolean {
  const next = stopsOf(talk)[at + 1]
  if (next === undefined || runs[next.part] !== runId) return false
  const place = (id: StepId): number => steps.findIndex((step) => step.id === id)
  return next.act === waiting || place(stepOfAct(next.act)) < place(waiting)
}

const does: Readonly<Partial<Record<StepId, string>>> = {
  sandbox: 'starts services',
  build: 'builds an image',
  push: 'pushes it',
  sign: 'has it signed',
  tamper: 'pushes other content',
  'copy-signature': 'copies the signature',
  impersonate: 'builds an impostor',
  attest: 'runs a container',
}

/** What starting a scenario does, in the order in which it happens. What the session has already is not done again. */
function startWords(scenario: ScenarioId, runs: readonly RunState[]): string {
  const profile = runs[0]?.profile ?? {
    name: 'sandbox',
    title: 'Sandbox',
    kind: 'sandbox',
    public: false,
    spire: 'ours',
  }
  const words = planFor(scenarios[scenario], profile)
    .filter(({ id, skip }) => skip === null && (id !== 'sandbox' || runs.length === 0))
    .flatMap(({ id }) => does[id] ?? [])
  return `Starts the run “${scenarios[scenario].title}”: it ${words.slice(0, -1).join(', ')}, and ${words.at(-1) ?? ''}.`
}
