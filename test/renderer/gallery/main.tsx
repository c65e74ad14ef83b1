import { createRoot } from 'react-dom/client'
import type { Actions, ProfileActions } from '../../../renderer/app/actions.ts'
import { type Theme, themes } from '../../../renderer/app/frame/header.tsx'
import { Window } from '../../../renderer/app/window.tsx'
import { logInMemory } from '../../../renderer/log-panel/source.ts'
import type { ActId } from '../../../renderer/state/acts.ts'
import type { EngineState } from '../../../src/core/contract/engine-state.ts'
import type { AppError } from '../../../src/core/domain/app-error.ts'
import { depths } from '../../../src/core/workflow/acts.ts'
import { staledBy } from '../../../src/core/workflow/plan.ts'
import { beforeVerdict } from '../../../src/core/workflow/prediction.ts'
import { type RunState, replay } from '../../../src/core/workflow/reducer.ts'
import { scenarioIds } from '../../../src/core/workflow/scenarios.ts'
import { stepIds } from '../../../src/core/workflow/steps.ts'
import { pausedBefore, redone } from '../changed.ts'
import { serviceProfiles } from '../told-with.ts'
import { hostile } from './hostile.ts'
import { grow, longLog } from './logs.ts'
import { profileActions } from './profiles.ts'
import {
  connections,
  cutShort,
  engineWith,
  failedRun,
  fileOf,
  files,
  killedAt,
  machines,
  publicRun,
  recordings,
  refused,
  runUntil,
  services,
} from './states.ts'
import { desktopOf, talkActions } from './talks.ts'
import '../../../renderer/styles/fonts.css'
import '../../../renderer/styles/tokens.css'
import '../../../renderer/styles/base.css'
import '../../../renderer/styles/depth.css'

// The window over recorded runs: ?run=signed&until=step.waited/sign&act=sign&theme=dark&machine=ready
const query = new URLSearchParams(location.search)
const asked = query.get('run')
const step = (name: string) => stepIds.find((id) => id === query.get(name))
const changed = (run: RunState): RunState => {
  const [paused, again] = [step('paused'), step('redone')]
  return paused !== undefined
    ? pausedBefore(run, paused)
    : again !== undefined
      ? redone(run, again, staledBy(run, again))
      : run
}
const runNamed = (name: string): RunState =>
  name === 'failed'
    ? failedRun()
    : name === 'public' || name === 'unknown-kind'
      ? publicRun(name === 'public' ? 'dsse' : 'unknown')
      : runUntil(name, query.get('until'))
const runs = asked === null ? [] : asked.split(',').map((name) => changed(runNamed(name)))
const machine = machines[query.get('machine') ?? 'ready'] ?? { state: 'ready' }
const profile = (Object.keys(serviceProfiles) as (keyof typeof serviceProfiles)[]).find(
  (id) => id === query.get('profile'),
)
const engine: EngineState = {
  ...engineWith(runs, machine),
  ...(profile === undefined ? {} : { profile: serviceProfiles[profile] }),
  services: services[query.get('services') ?? 'well'] ?? [],
  leftovers: query.get('leftovers') === null ? null : cutShort,
}
const plantedAnswers = (actions: ProfileActions): ProfileActions =>
  query.get('hostile') === null
    ? actions
    : {
        ...actions,
        list: async () => plantedIf(await actions.list()),
        check: async (name) => plantedIf(await actions.check(name)),
      }
const plantedIf = <T,>(data: T): T => (query.get('hostile') === null ? data : hostile(data))
let theme: Theme = themes.find((each) => each === query.get('theme')) ?? 'light'
document.documentElement.dataset['theme'] = theme
const depth = depths.find((each) => each === query.get('depth'))

const asks: unknown[] = []
const noted =
  (name: string) =>
  (...input: unknown[]): void => {
    asks.push([name, ...input])
    document.documentElement.dataset['asks'] = JSON.stringify(asks)
  }
const nothingFrom = (name: string) => async (input: unknown) => {
  noted(name)(input)
  return null
}
let refusal: AppError | null = query.get('refused') === null ? null : plantedIf(refused)
const actions: Actions = {
  profiles: plantedAnswers(profileActions(noted, query.get('save') === 'refused')),
  talks: talkActions(noted),
  connections: async () => connections[query.get('connections') ?? ''] ?? null,
  dismiss: () => {
    refusal = null
    draw(shown)
  },
  start: noted('start'),
  cancel: noted('cancel'),
  answerLogin: noted('answerLogin'),
  answerStep: noted('answerStep'),
  useSandboxInstead: noted('useSandboxInstead'),
  prepareAgain: noted('prepareAgain'),
  openLog: noted('openLog'),
  logOf: () => logInMemory(longLog()),
  continueRun: noted('continueRun'),
  redo: noted('redo'),
  reset: noted('reset'),
  resume: noted('resume'),
  cleanUp: noted('cleanUp'),
  getRecording: async (of) => {
    noted('getRecording')(of)
    if (query.get('recordings') === 'none') return null
    return of.kind === 'run' ? fileOf(of.runId) : files[of.scenario]
  },
  save: nothingFrom('save'),
}
const last = runs.at(-1)
const home = query.get('act') === 'home'
const beside = scenarioIds.find((id) => id === query.get('beside'))
const begin =
  beside !== undefined
    ? { runId: null, act: null, beside }
    : query.get('services-page') !== null
      ? { runId: null, act: null, services: true as const }
      : query.get('talks-page') !== null
        ? { runId: null, act: null, talks: true as const }
        : last === undefined || home
          ? { runId: null, act: null }
          : { runId: last.runId, act: query.get('act') as ActId | null }
const place = document.getElementById('root')
let shown = engine
if (query.get('desktop') !== null) {
  Object.assign(window, {
    desktop: desktopOf(
      () => shown,
      () => undefined,
      noted,
    ),
  })
}
let draw: (engine: EngineState) => void = () => undefined
if (place !== null) {
  const at = last === undefined ? Date.parse('2026-11-21T12:00:00Z') : Date.parse(last.startedAt) + 45_000
  const root = createRoot(place)
  draw = (now) => {
    shown = now
    root.render(
      <Window
        engine={now}
        problem={refusal}
        actions={actions}
        theme={theme}
        onTheme={(chosen) => {
          theme = chosen
          document.documentElement.dataset['theme'] = chosen
          draw(shown)
        }}
        {...(depth === undefined ? {} : { beginDepth: depth })}
        begin={begin}
        at={at}
      />,
    )
  }
  draw(plantedIf(engine))
  // A test plays a recorded run: dispatchEvent(new CustomEvent('until', { detail: { run: 'signed', events: 3 } })).
  window.addEventListener('until', (event) => {
    const { run, events } = (event as CustomEvent<{ run: string; events: number }>).detail
    const state = replay((recordings[run] ?? []).slice(0, events))
    if (state !== null) draw({ ...engine, runs: [state] })
  })
  // A test makes all logs longer: dispatchEvent(new CustomEvent('grow', { detail: lines })).
  window.addEventListener('grow', (event) => {
    draw(grow(shown, Number((event as CustomEvent).detail)))
  })
  // A service is killed while every run is being attested: dispatchEvent(new CustomEvent('kill')).
  window.addEventListener('kill', () => {
    draw({ ...shown, runs: shown.runs.map((run) => killedAt(beforeVerdict(run), 'attest')) })
  })
  // The machine can change while the window is open: dispatchEvent(new CustomEvent('machine', { detail: 'ready' }))
  window.addEventListener('machine', (event) => {
    const name: unknown = event instanceof CustomEvent ? event.detail : null
    draw({ ...shown, machine: machines[String(name)] ?? machine })
  })
}
