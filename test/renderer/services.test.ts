import { describe, expect, it } from 'vitest'
import { headlineOf } from '../../renderer/acts/headline.ts'
import { stationsOf } from '../../renderer/acts/map/stations.ts'
import { pairsOf } from '../../renderer/compare/rows.ts'
import { commandLines } from '../../renderer/kit/text/text.ts'
import { notWith } from '../../renderer/profiles/meaning.ts'
import { actsOf } from '../../renderer/state/acts.ts'
import { nextMove, nextScenario } from '../../renderer/state/next-move.ts'
import { sandboxProfile } from '../../src/core/workflow/profile.ts'
import { publicationsOf, signsIn } from '../../src/core/workflow/publication.ts'
import { artifactOf, type RunState, replay } from '../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarioIds } from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { eventsOf, recorded } from './recorded.ts'
import { recordedWith, serviceProfiles } from './recorded-with.ts'

type ProfileId = keyof typeof serviceProfiles

function runWith(profile: ProfileId, waitsAt: StepId | null = null, scenario: ScenarioId = 'signed'): RunState {
  const events = recordedWith(eventsOf(scenario), serviceProfiles[profile])
  const end = events.findIndex((event) => event.type === 'step.waited' && event.step === waitsAt) + 1
  const run = replay(waitsAt === null ? events : events.slice(0, end))
  if (run === null) throw new Error('no run')
  return run
}

const ready = { state: 'ready' } as const
const moveOf = (run: RunState, act: StepId) =>
  nextMove({ machine: ready, runs: [run], leftovers: null, profile: run.profile }, { run, act })
const headline = (run: RunState, id: StepId): string => {
  const act = actsOf(run).find((each) => each.id === id)
  return act === undefined ? 'no such act' : headlineOf(run, act).headline
}

describe('the one button, while a person is waited for', () => {
  it('never publishes: it says no', () => {
    const run = runWith('public', 'consent')
    expect(moveOf(run, 'consent')).toEqual({
      kind: 'answer',
      runId: run.runId,
      step: 'consent',
      answer: 'no',
      label: 'Do not publish',
    })
    expect(moveOf(run, 'build')).toMatchObject({ kind: 'show', act: 'consent' })
  })

  it('says that an operator has done it only if nothing else can tell', () => {
    expect(moveOf(runWith('agent', 'given-agent'), 'given-agent')).toMatchObject({
      answer: 'yes',
      label: 'It is loaded',
    })
    expect(moveOf(runWith('agent', 'register'), 'register')).toMatchObject({ answer: 'yes', label: 'It is done' })
    expect(moveOf(runWith('server', 'register'), 'register')).toBeNull()
  })

  it('logs no one in elsewhere: no persona is known there', () => {
    expect(moveOf(runWith('public', 'sign'), 'sign')).toBeNull()
  })
})

it('names the person or operator, and the question', () => {
  expect(headline(runWith('public', 'consent'), 'consent')).toBe('Publish this?')
  expect(headline(runWith('public', 'sign'), 'sign')).toBe('Log in in your browser')
  expect(headline(runWith('agent', 'given-agent'), 'given-agent')).toBe('Is the attestor loaded?')
  expect(headline(runWith('server', 'register'), 'register')).toBe(
    'Waiting for the operator to create the registration entry',
  )
  const run = runWith('public', 'consent')
  const refused: RunState = {
    ...run,
    steps: run.steps.map((step) =>
      step.id === 'consent' ? { ...step, status: { state: 'cancelled', reason: 'nobody agreed' } } : step,
    ),
  }
  expect(headline(refused, 'consent')).toBe('Nothing was published')
})

describe('scenarios that cannot run with these services', () => {
  it('are named with the reason, and never come next', () => {
    const { acme } = serviceProfiles
    expect(scenarioIds.filter((id) => notWith(id, acme) !== null)).toEqual(['wrong-issuer', 'other-image'])
    expect(scenarioIds.filter((id) => notWith(id, sandboxProfile) !== null)).toEqual([])
    const all = scenarioIds.filter((id) => notWith(id, acme) === null).map((id) => recorded(id))
    expect(nextScenario(all, acme)).toBeNull()
    expect(nextScenario(all, sandboxProfile)).toBe('wrong-issuer')
  })

  it('have no people of the sandbox in them', () => {
    const runs = scenarioIds.slice(0, 5).map((id) => recorded(id))
    const engine = { machine: ready, runs, leftovers: null, profile: serviceProfiles.acme }
    expect(nextMove(engine, { run: null, act: null })).toMatchObject({ label: 'Now let another person sign' })
  })
})

describe.each(Object.keys(serviceProfiles) as ProfileId[])('a story with the profile %s', (profile) => {
  const run = runWith(profile)

  it('leads from each party of the map to an act that it has', () => {
    const acts = actsOf(run).map(({ id }) => id)
    for (const { act, got } of stationsOf(run)) expect(acts).toEqual(expect.arrayContaining([act, got?.act ?? act]))
    expect(stationsOf(run).every(({ state }) => state === 'reached')).toBe(true)
  })

  it('has one row for machine and Sigstore, and one for SPIRE, side by side', () => {
    for (const pairs of [pairsOf(run, runWith(profile, null, 'tampered')), pairsOf(null, null, run.profile)]) {
      const titles = pairs.map(({ title }) => title)
      expect(titles.filter((title) => title === 'Machine, Sigstore' || title === 'SPIRE')).toHaveLength(2)
      expect(titles.includes('Consent')).toBe(run.profile.public)
    }
  })
})

it('names the signer in what becomes public, or no one without a signature', () => {
  const named = (scenario: ScenarioId) => {
    const run = runWith('public', 'consent', scenario)
    const [sigstore, image] = [artifactOf(run, 'sigstore'), artifactOf(run, 'built-image')]
    if (sigstore === undefined || image === undefined) throw new Error('no Sigstore')
    const fields = publicationsOf(sigstore, image, signsIn(run)).flatMap((each) => each.fields)
    return new Set(fields.flatMap(({ value, personal }) => (personal ? [value.replace(/@.*/, '')] : [])))
  }
  expect(named('signed')).toEqual(new Set(['ada.lovelace-of-the-analytical-engines']))
  expect(named('wrong-signer')).toEqual(new Set(['the name of the person who logs in']))
  expect(named('unsigned')).toEqual(new Set())
})

it('writes a command with a line for each flag, ready to paste', () => {
  expect(commandLines(['spire-server', 'entry', 'create', '-spiffeID', 'spiffe://a/b', '-selector', 'a:b c'])).toBe(
    "spire-server entry create \\\n  -spiffeID spiffe://a/b \\\n  -selector 'a:b c'",
  )
})
