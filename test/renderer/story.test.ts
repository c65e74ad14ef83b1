import { describe, expect, it } from 'vitest'
import { headlineOf } from '../../renderer/acts/headline.ts'
import { stationsOf } from '../../renderer/acts/map/stations.ts'
import { actsOf, currentAct, isReached } from '../../renderer/state/acts.ts'
import { canRedo } from '../../renderer/state/again.ts'
import { following, nextMove, nextScenario } from '../../renderer/state/next-move.ts'
import { shortSubject } from '../../renderer/state/signer.ts'
import { stoppedFirst } from '../../renderer/state/stopping.ts'
import { tiesOf } from '../../renderer/state/thread.ts'
import type { Machine } from '../../src/core/contract/changes.ts'
import type { RunEvent } from '../../src/core/workflow/events.ts'
import { staledBy } from '../../src/core/workflow/plan.ts'
import { sandboxProfile } from '../../src/core/workflow/profile.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { type ScenarioId, scenarioIds } from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { pausedBefore, redone } from './changed.ts'
import { recorded } from './recorded.ts'

const at = (type: string, step: string) => (event: RunEvent) =>
  event.type === type && 'step' in event && event.step === step
const act = (run: RunState, id: string) => {
  const found = actsOf(run).find((each) => each.id === id)
  if (found === undefined) throw new Error(`no act ${id}`)
  return found
}
const headline = (run: RunState, id: string): string => headlineOf(run, act(run, id)).headline
const ready = { state: 'ready' } as const
const engine = (runs: readonly RunState[], machine: Machine = ready) => ({
  machine,
  runs,
  leftovers: null,
  profile: sandboxProfile,
})
const all = scenarioIds.map((name) => recorded(name))

describe('the headline says what has just become true', () => {
  it('of a good run', () => {
    const run = recorded('signed')
    expect(headline(run, 'push')).toBe('The digest is the image’s permanent name')
    expect(headline(run, 'certificate')).toBe('Fulcio certifies engineer@sandbox.example')
    expect(headline(recorded('ci'), 'certificate')).toBe('Fulcio certifies a build system')
    expect(headline(run, 'verify')).toBe('Every proof holds')
    expect(headline(run, 'attest')).toBe('The workload gets its identity')
    expect(headline(run, 'identity')).toBe('This workload is spiffe://demo.test/hello')
  })

  it('and never says it before it is true', () => {
    const run = recorded('signed', at('step.started', 'push'))
    expect(headline(run, 'push')).toBe('Docker pushes the image')
    expect(headline(run, 'attest')).toBe('Not yet: run the container and attest it')
  })

  it('asks for the signer while the login is open', () => {
    expect(headline(recorded('signed', at('step.waited', 'sign')), 'sign')).toBe('Who signs?')
  })

  it('names a signer who was not expected', () => {
    const run = recorded('wrong-signer')
    expect(headline(run, 'verify')).toBe('Right signature, wrong person')
    expect(headlineOf(run, act(run, 'verify')).why).toContain('intern@sandbox.example signed')
    expect(headline(run, 'attest')).toBe('No identity for this container')
  })

  it('distinguishes the right name with the wrong issuer from the wrong name', () => {
    const run = recorded('wrong-issuer')
    expect(headline(run, 'verify')).toBe('Right signature, wrong issuer')
    const other = run.artifacts.sigstore?.kind === 'sigstore' ? run.artifacts.sigstore.secondIssuer : ''
    expect(headlineOf(run, act(run, 'attest')).why).toContain(`issued by ${other}`)
    expect(stationsOf(run).find(({ id }) => id === 'login')?.name).toBe('Another login')
    expect(stationsOf(recorded('signed')).find(({ id }) => id === 'login')?.name).toBe('Login')
  })

  it('says what each attack produced', () => {
    const made = (name: ScenarioId, id: string): string => headline(recorded(name), id)
    expect(made('impostor', 'impersonate')).toBe('Same name, and no registry has it')
    expect(made('borrowed-signature', 'copy-signature')).toBe('A valid signature, attached to the wrong image')
    expect(made('borrowed-image', 'borrow')).toBe('Another program, for the signed image')
  })

  it('says that a step is left out, and why', () => {
    const run = recorded('unsigned')
    expect(headline(run, 'sign')).toBe('Left out: sign the digest')
    expect(headlineOf(run, act(run, 'sign')).why).toContain('unsigned')
  })

  it('describes an inclusion proof by its own numbers, also for a tree with one leaf', () => {
    const one = recorded('one-leaf')
    expect(headlineOf(one, act(one, 'log-entry')).why).toContain('the leaf is the root')
    const four = recorded('signed')
    expect(headlineOf(four, act(four, 'log-entry')).why).toContain('Entry 7 in a tree of 8. 3 hashes prove')
  })

  it('does not say so if the proof does not hold', () => {
    const run = recorded('signed')
    const signature = artifactOf(run, 'signature')
    if (signature === undefined) throw new Error('no signature')
    const logEntry = { ...signature.logEntry, rootHash: '00'.repeat(32) }
    const other = { ...run, artifacts: { ...run.artifacts, signature: { ...signature, logEntry } } }
    expect(headline(other, 'log-entry')).toBe('The log is not proved to hold this entry')
  })
})

describe('the one primary button', () => {
  it('runs the story first, then each attack that has not been run', () => {
    expect(nextMove(engine([]), { run: null, act: null })).toMatchObject({
      kind: 'start',
      scenario: 'signed',
    })
    expect(all.map((_, last) => nextScenario(all.slice(0, last + 1), sandboxProfile))).toEqual([
      ...scenarioIds.slice(1),
      null,
    ])
  })

  it('turns the pages of a run, and starts nothing before the last one', () => {
    const [run] = all
    if (run === undefined) throw new Error('no run')
    expect(nextMove(engine([run]), { run: run, act: 'push' })).toEqual({
      kind: 'show',
      act: 'sign',
      label: 'Next: sign',
    })
    expect(nextMove(engine([run]), { run: run, act: 'identity' })).toMatchObject({
      kind: 'start',
      scenario: 'unsigned',
    })
    expect(nextMove(engine(all), { run: run, act: 'identity' })).toMatchObject({
      kind: 'compare',
    })
  })

  it('logs in as the scenario’s person while the login is open', () => {
    const waiting = recorded('wrong-signer', at('step.waited', 'sign'))
    expect(nextMove(engine([waiting]), { run: waiting, act: 'sign' })).toMatchObject({
      kind: 'log-in',
      persona: 'intern',
    })
    expect(nextMove(engine([waiting]), { run: waiting, act: 'push' })).toMatchObject({ kind: 'show', act: 'sign' })
  })

  it('is absent while a step runs', () => {
    const running = recorded('signed', at('step.started', 'build'))
    expect(nextMove(engine([running]), { run: running, act: 'build' })).toBeNull()
  })

  it('leads to a recorded run while the machine is being prepared', () => {
    const nobody = { run: null, act: null }
    expect(nextMove(engine([], { state: 'preparing' }), nobody)).toMatchObject({
      kind: 'watch',
      scenario: 'signed',
    })
    expect(nextMove(engine([], { state: 'stopping' }), nobody)).toBeNull()
  })

  it('skips the pages of what a scenario leaves out', () => {
    const run = recorded('unsigned')
    expect(following(run, 'sign', 1)?.id).toBe('verify')
    expect(isReached(run, act(run, 'certificate'))).toBe(false)
    expect(following(run, 'map', -1)).toBeNull()
  })
})

describe('the thread', () => {
  const states = (name: string) => tiesOf(recorded(name)).map(({ id, state }) => `${id} ${state}`)

  it('is unbroken if the workload got its SVID', () => {
    expect(tiesOf(recorded('signed')).every(({ state }) => state === 'tied')).toBe(true)
  })

  it('is cut once, at the failed gate, and nothing hangs on it below', () => {
    expect(states('tampered')).toEqual(['image tied', 'container tied', 'signature cut', 'entry open', 'svid open'])
    expect(states('unsigned')).toEqual(['image tied', 'container tied', 'signature cut', 'entry open', 'svid open'])
    expect(states('wrong-signer').slice(-3)).toEqual(['log-entry tied', 'entry cut', 'svid open'])
    expect(states('wrong-issuer').slice(-3)).toEqual(['log-entry tied', 'entry cut', 'svid open'])
    expect(states('impostor').slice(0, 4)).toEqual(['image tied', 'container tied', 'registry cut', 'signer open'])
    expect(states('borrowed-image').slice(-4)).toEqual(['log-entry tied', 'launch cut', 'entry open', 'svid open'])
    for (const id of scenarioIds.slice(1)) expect(states(id).filter((state) => state.endsWith(' cut'))).toHaveLength(1)
  })

  it('names the issuer only if it differs', () => {
    expect(states('wrong-issuer')).toContain('issuer tied')
    expect(states('signed')).not.toContain('issuer tied')
  })

  it('says of a copied signature that it covers another image', () => {
    expect(tiesOf(recorded('borrowed-signature')).find(({ state }) => state === 'cut')?.shown).toBe('of another image')
  })

  it('shows the image id of an impostor, which has no digest', () => {
    const run = recorded('impostor')
    const impostor = run.artifacts['impostor-image']
    expect(tiesOf(run)[0]).toMatchObject({
      title: 'Image id',
      value: impostor?.kind === 'impostor-image' ? impostor.imageId : '',
    })
  })

  it('shows the image that ran, not the signed one', () => {
    const run = recorded('tampered')
    const [image] = tiesOf(run)
    const [tampered, pushed] = [run.artifacts['tampered-image'], run.artifacts['pushed-image']]
    expect(image?.value).toBe(tampered?.kind === 'tampered-image' && tampered.digest)
    expect(image?.value).not.toBe(pushed?.kind === 'pushed-image' && pushed.digest)
  })
})

describe('the trust map', () => {
  const shown = (run: RunState, state: string) =>
    stationsOf(run)
      .filter((station) => station.state === state)
      .map(({ id }) => id)

  it('is one line from you to the workload if the story succeeded', () => {
    const ids = stationsOf(recorded('signed')).map(({ id }) => id)
    expect(shown(recorded('signed'), 'reached')).toEqual(ids)
    expect([ids[0], ids.at(-1)]).toEqual(['you', 'workload'])
  })

  it('grows with the run', () => {
    const run = recorded('signed', at('step.produced', 'push'))
    expect(shown(run, 'reached')).toEqual(['you', 'docker', 'registry'])
    expect(shown(run, 'cut')).toEqual([])
  })

  it('is cut at the party that denied, and none after it is reached', () => {
    expect(shown(recorded('tampered'), 'cut')).toEqual(['attestor'])
    expect(shown(recorded('impostor'), 'cut')).toEqual(['attestor'])
    expect(shown(recorded('wrong-signer'), 'cut')).toEqual(['workload'])
    expect(shown(recorded('borrowed-image'), 'cut')).toEqual(['workload'])
    expect(shown(recorded('unsigned'), 'open')).toEqual([
      'login',
      'fulcio',
      'ct-log',
      'timestamp',
      'rekor',
      'bundle',
      'cosign',
      'workload',
    ])
  })

  it('leads from each party to an act of the run', () => {
    const run = recorded('unsigned')
    for (const station of stationsOf(run)) expect(actsOf(run).map(({ id }) => id)).toContain(station.act)
  })
})

it('follows the run: its current act, or its last', () => {
  expect(currentAct(recorded('signed', at('step.waited', 'sign')))).toBe('sign')
  expect(currentAct(recorded('signed'))).toBe('attest')
})

describe('a run step by step', () => {
  const built = recorded('signed', at('step.passed', 'build'))
  const paused = pausedBefore(built, 'push')

  it('says on its one button what the next press does, and continues with it', () => {
    const state = engine([paused])
    expect(nextMove(state, { run: paused, act: 'build' })).toEqual({
      kind: 'continue',
      runId: paused.runId,
      before: 'push',
      label: 'Next: push the image – this writes to the registry',
    })
    expect(nextMove(state, { run: paused, act: 'preflight' })).toMatchObject({ kind: 'show', act: 'build' })
  })

  it('shows the act that was done last', () => {
    expect(currentAct(paused)).toBe('build')
  })
})

describe('a step that was done again by itself', () => {
  const later: readonly StepId[] = ['sign', 'verify', 'tamper', 'register', 'attest']
  const run = redone(recorded('tampered'), 'push', later)

  it('makes the later ones stale, and says which before', () => {
    expect(staledBy(recorded('tampered'), 'push')).toEqual(later)
    expect(staledBy(recorded('tampered'), 'attest')).toEqual([])
    expect(headline(run, 'attest')).toBe('Out of date: run the container and attest it')
    expect(headlineOf(run, act(run, 'certificate')).why).toContain('push the image')
  })

  it('leaves their values on the thread as stale, and no cut that no longer holds', () => {
    const ties = tiesOf(run)
    expect(ties.some(({ state }) => state === 'cut')).toBe(false)
    expect(ties.filter(({ state }) => state === 'stale').map(({ id }) => id)).toEqual([
      'image',
      'container',
      'signature',
    ])
    expect(stationsOf(run).filter(({ state }) => state === 'cut')).toEqual([])
    expect(stationsOf(run).find(({ id }) => id === 'fulcio')?.state).toBe('stale')
  })

  it('can be done in a run that has ended or pauses, not in one in progress; after all if it is left out', () => {
    expect(canRedo(recorded('signed'), 'push')).toBe(true)
    expect(canRedo(recorded('signed', at('step.started', 'sign')), 'push')).toBe(false)
    expect(canRedo(pausedBefore(recorded('signed', at('step.passed', 'push')), 'sign'), 'push')).toBe(true)
    expect(canRedo(recorded('unsigned'), 'sign')).toBe(true)
    expect(canRedo(recorded('unsigned'), 'verify')).toBe(false)
    expect(canRedo(recorded('tampered'), 'preflight')).toBe(false)
  })
})

describe('what a crash has left', () => {
  const left = (runs: readonly { runId: string; scenario: 'tampered'; startedAt: string; stoppedAt: 'push' }[]) => ({
    machine: ready,
    runs: [],
    leftovers: { runs: [...runs] },
    profile: sandboxProfile,
  })

  it('is offered before anything new', () => {
    const run = { runId: 'a', scenario: 'tampered', startedAt: '2026-11-21T11:55:50Z', stoppedAt: 'push' } as const
    expect(nextMove(left([run]), { run: null, act: null })).toMatchObject({ kind: 'resume', runId: 'a' })
    expect(nextMove(left([]), { run: null, act: null })).toMatchObject({ kind: 'clean-up' })
  })
})

it('names the runs that have to end before any service is stopped', () => {
  expect(stoppedFirst([recorded('signed', at('step.waited', 'sign'))])).toEqual([
    'the run “Signed”, in: sign the digest',
  ])
  expect(stoppedFirst([recorded('signed')])).toEqual([])
})

describe('a signer in a word', () => {
  it.each([
    ['engineer@sandbox.example', 'engineer'],
    ['https://github.com/acme/hello/.github/workflows/release.yml@refs/heads/main', 'release.yml'],
    ['https://github.com/acme/hello/.github/workflows/extremely-long-name.yml@refs/tags/v1', 'extremel…name.yml'],
    ['spiffe://acme.example/builder/', 'builder'],
    ['https://acme.example/', 'https://…example/'],
    ['builder', 'builder'],
  ])('of %s', (subject, word) => {
    expect(shortSubject(subject)).toBe(word)
  })
})
