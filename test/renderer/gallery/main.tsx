import { createRoot, type Root } from 'react-dom/client'
import type { Actions } from '../../../renderer/app/actions.ts'
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
import { serviceProfiles } from '../recorded-with.ts'
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

/** How the window notes what it asks of the engine; a test reads it from the document. */
type Noted = (name: string) => (...input: unknown[]) => void

const step = (name: string | null) => stepIds.find((id) => id === name)
const planted = <T,>(query: URLSearchParams, data: T): T => (query.get('hostile') === null ? data : hostile(data))

function runsOf(query: URLSearchParams): readonly RunState[] {
  const [paused, again] = [step(query.get('paused')), step(query.get('redone'))]
  const changed = (run: RunState): RunState =>
    paused !== undefined
      ? pausedBefore(run, paused)
      : again !== undefined
        ? redone(run, again, staledBy(run, again))
        : run
  const named = (name: string): RunState =>
    name === 'failed'
      ? failedRun()
      : name === 'public' || name === 'unknown-kind'
        ? publicRun(name === 'public' ? 'dsse' : 'unknown')
        : runUntil(name, query.get('until'))
  return (query.get('run')?.split(',') ?? []).map((name) => changed(named(name)))
}

function engineOf(query: URLSearchParams, runs: readonly RunState[]): EngineState {
  const ids = Object.keys(serviceProfiles) as (keyof typeof serviceProfiles)[]
  const profile = ids.find((id) => id === query.get('profile'))
  return {
    ...engineWith(runs, machines[query.get('machine') ?? 'ready'] ?? { state: 'ready' }),
    ...(profile === undefined ? {} : { profile: serviceProfiles[profile] }),
    services: services[query.get('services') ?? 'well'] ?? [],
    leftovers: query.get('leftovers') === null ? null : cutShort,
  }
}

function actionsOf(query: URLSearchParams, noted: Noted, dismiss: () => void): Actions {
  const profiles = profileActions(noted, query.get('save') === 'refused')
  const nothingFrom = (name: string) => async (input: unknown) => {
    noted(name)(input)
    return null
  }
  return {
    profiles: {
      ...profiles,
      list: async () => planted(query, await profiles.list()),
      check: async (name) => planted(query, await profiles.check(name)),
    },
    talks: talkActions(noted),
    connections: async () => connections[query.get('connections') ?? ''] ?? null,
    dismiss,
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
}

/** The page that the window begins at. */
function beginOf(query: URLSearchParams, last: RunState | undefined) {
  const beside = scenarioIds.find((id) => id === query.get('beside'))
  const nowhere = { runId: null, act: null }
  if (beside !== undefined) return { ...nowhere, beside }
  if (query.get('services-page') !== null) return { ...nowhere, services: true as const }
  if (query.get('talks-page') !== null) return { ...nowhere, talks: true as const }
  if (last === undefined || query.get('act') === 'home') return nowhere
  return { runId: last.runId, act: query.get('act') as ActId | null }
}

/** Shows the window over recorded runs, as the query says. Returns how to take it away again. */
function show(place: HTMLElement, query: URLSearchParams): () => void {
  const page = document.documentElement
  const runs = runsOf(query)
  const engine = engineOf(query, runs)
  const last = runs.at(-1)
  const depth = depths.find((each) => each === query.get('depth'))
  const begin = beginOf(query, last)
  const at = last === undefined ? Date.parse('2026-11-21T12:00:00Z') : Date.parse(last.startedAt) + 45_000
  let theme: Theme = themes.find((each) => each === query.get('theme')) ?? 'light'
  page.dataset['theme'] = theme
  const asks: unknown[] = []
  const noted: Noted =
    (name) =>
    (...input) => {
      asks.push([name, ...input])
      page.dataset['asks'] = JSON.stringify(asks)
    }
  let shown = engine
  let refusal: AppError | null = query.get('refused') === null ? null : planted(query, refused)
  const actions = actionsOf(query, noted, () => {
    refusal = null
    draw(shown)
  })
  if (query.get('desktop') !== null) {
    Object.assign(window, {
      desktop: desktopOf(
        () => shown,
        () => undefined,
        noted,
      ),
    })
  }
  const root: Root = createRoot(place)
  const draw = (now: EngineState): void => {
    shown = now
    root.render(
      <Window
        engine={now}
        problem={refusal}
        actions={actions}
        theme={theme}
        onTheme={(chosen) => {
          theme = chosen
          page.dataset['theme'] = chosen
          draw(shown)
        }}
        {...(depth === undefined ? {} : { beginDepth: depth })}
        begin={begin}
        at={at}
      />,
    )
  }
  draw(planted(query, engine))
  const over = new AbortController()
  followTest(over.signal, engine, () => shown, draw)
  return () => {
    over.abort()
    root.unmount()
    delete page.dataset['asks']
    Reflect.deleteProperty(window, 'desktop')
  }
}

/** What a test can do to the engine while the window is open, by an event on `window`. */
function followTest(
  signal: AbortSignal,
  first: EngineState,
  shown: () => EngineState,
  draw: (now: EngineState) => void,
) {
  const on = (name: string, act: (detail: unknown) => void): void =>
    window.addEventListener(name, (event) => act((event as CustomEvent).detail), { signal })
  // A recorded run is played: new CustomEvent('until', { detail: { run: 'signed', events: 3 } }).
  on('until', (detail) => {
    const { run, events } = detail as { run: string; events: number }
    const state = replay((recordings[run] ?? []).slice(0, events))
    if (state !== null) draw({ ...first, runs: [state] })
  })
  // All logs become longer: new CustomEvent('grow', { detail: lines }).
  on('grow', (lines) => draw(grow(shown(), Number(lines))))
  // A service is killed while every run is being attested.
  on('kill', () => draw({ ...shown(), runs: shown().runs.map((run) => killedAt(beforeVerdict(run), 'attest')) }))
  // The machine changes: new CustomEvent('machine', { detail: 'ready' }).
  on('machine', (name) => draw({ ...shown(), machine: machines[String(name)] ?? first.machine }))
}

// ?run=signed&until=step.waited/sign&act=sign&theme=dark&machine=ready
const place = document.getElementById('root')
if (place !== null) {
  let end = show(place, new URLSearchParams(location.search))
  // A test that looks at many states need not load the page for each: new CustomEvent('show', { detail: 'run=signed' }).
  window.addEventListener('show', (event) => {
    end()
    end = show(place, new URLSearchParams(String((event as CustomEvent).detail)))
  })
}
