import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/core/contract/client.ts'
import { type Follower, follow } from '../../src/core/contract/follow.ts'
import { logKey } from '../../src/core/contract/log-tails.ts'
import { places } from '../../src/core/machine/folders.ts'
import { createHost, type Host } from '../../src/core/orchestrator/host/host.ts'
import { readPidRecords } from '../../src/core/process/pid-record.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { memoryTransport } from '../contract/memory-transport.ts'
import { dist, root, temporaryFolders } from './harness/session.ts'
import { mountsNaming, processesNaming } from './harness/traces.ts'

const where = temporaryFolders()
const about = { version: '0.0.0-test', runTime: null } as const
const programs = {
  node: process.execPath,
  attestorPlugin: join(dist, 'attestor-plugin.cjs'),
  issuer: join(dist, 'oidc-issuer.mjs'),
  openerDir: join(dist, 'opener'),
}
const bugs: unknown[] = []
/** Everything that was ever published, as it was sent. */
const published: string[] = []
let host: Host
let client: ReturnType<typeof createClient>
let follower: Follower

const connect = () => createClient(memoryTransport(host.server))
const machine = () => follower.get().engine?.machine.state
const run = (runId: string): RunState | undefined => follower.get().engine?.runs.find((each) => each.runId === runId)
const stateOf = (runId: string, step: StepId) => run(runId)?.steps.find(({ id }) => id === step)?.status.state
const patience = { timeout: 90_000, interval: 50 }
const until = (what: () => unknown, value: unknown) =>
  vi.waitFor(() => expect(what(), `waited for ${String(what)}`).toBe(value), patience)

async function start(scenario: ScenarioId): Promise<string> {
  const started = await client.request('startRun', { scenario })
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  return started.value.runId
}
async function logIn(runId: string, persona: 'engineer' | 'intern', decision: 'allow' | 'deny' = 'allow') {
  await until(() => stateOf(runId, 'sign'), 'waiting')
  expect(await client.request('answerLogin', { runId, persona, decision })).toEqual({ ok: true, value: {} })
}
const ended = async (runId: string): Promise<RunState | undefined> => {
  await vi.waitFor(() => expect(run(runId)?.finishedAt ?? null).not.toBeNull(), patience)
  return run(runId)
}

beforeAll(async () => {
  host = createHost({
    folders: where,
    assets: join(root, 'assets'),
    programs,
    about,
    onBug: (thrown) => bugs.push(thrown),
  })
  host.server.subscribe((batch) => published.push(JSON.stringify(batch)))
  client = connect()
  follower = follow(client)
  // The setup has only just begun.
  expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({
    error: { code: 'machine.not-ready' },
  })
  await until(machine, 'ready')
})
afterAll(async () => {
  await host?.close()
  where.remove()
})

describe('a front end of the real engine', () => {
  it('sees each program become ready, with its source', () => {
    const rows = follower.get().engine?.setup ?? []
    expect(rows.map(({ program }) => program)).toEqual(expect.arrayContaining(['cosign', 'spire', 'workload']))
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['ready']))
    expect(rows.find(({ program }) => program === 'cosign')?.detail).toMatch(/^cosign 3\.\d+\.\d+ · /)
  })

  it('runs the signed story to its SVID, and loses nothing in a reload', async () => {
    const runId = await start('signed')
    await until(() => stateOf(runId, 'sign'), 'waiting')
    follower.close()
    follower = follow(connect())
    await follower.openLog(runId, 'sandbox')
    await logIn(runId, 'engineer')
    expect(await ended(runId)).toMatchObject({ outcome: 'svid', ok: true, error: null })

    const again = follow(connect())
    for (const each of [again, follower])
      for (const step of ['sign', 'sandbox'] as const) await each.openLog(runId, step)
    const known = (each: Follower) => {
      const { logs, ...rest } = each.get().engine ?? {}
      return { ...rest, opened: ['sign', 'sandbox'].map((step) => logs?.[logKey(runId, step as StepId)]) }
    }
    await vi.waitFor(() => expect(known(again)).toEqual(known(follower)))
    const logs = again.get().engine?.logs ?? {}
    expect(logs[logKey(runId, 'sign')]?.lines.join('\n')).toContain('Pushing signature')
    const services = logs[logKey(runId, 'sandbox')]?.lines.map((line) => line.split(' | ')[0])
    expect(services).toEqual(expect.arrayContaining(['fulcio', 'issuer', 'registry']))
    for (const step of ['build', 'push'] as const) await again.openLog(runId, step)
    const said = (step: StepId) => again.get().engine?.logs[logKey(runId, step)]?.lines.join('\n')
    expect(said('build')).toContain('Step 1/')
    expect(said('push')).toMatch(/Pushed[\s\S]*digest: sha256:/)
    again.close()
  })

  it('answers a login once, and only while a step waits for it', async () => {
    const runId = await start('signed')
    expect(await client.request('answerLogin', { runId, persona: 'engineer', decision: 'allow' })).toMatchObject({
      error: { code: 'login.not-waiting' },
    })
    await logIn(runId, 'engineer', 'deny')
    expect(await ended(runId)).toMatchObject({ outcome: 'failed', error: { code: 'login.denied' } })
  })

  it('cancels only the named run, and two runs share the session', async () => {
    const good = await start('signed')
    const attack = await start('wrong-signer')
    expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({ error: { code: 'run.busy' } })
    await until(() => stateOf(attack, 'sign'), 'waiting')
    expect(await client.request('cancelRun', { runId: good })).toEqual({ ok: true, value: {} })
    await logIn(attack, 'intern')
    expect(await ended(good)).toMatchObject({ outcome: 'cancelled' })
    expect(await ended(attack)).toMatchObject({ outcome: 'denied', ok: true, denial: { gate: 'entry' } })
    expect(stateOf(attack, 'spire-server')).toBe('reused')
  })

  it('refuses what names no run of this session', async () => {
    for (const answer of [
      await client.request('cancelRun', { runId: 'nobody' }),
      await client.request('getLog', { runId: 'nobody', step: 'sign', from: 0, count: 1 }),
    ])
      expect(answer).toMatchObject({ error: { code: 'run.unknown' } })
    expect(await client.request('prepareAgain', {})).toMatchObject({ error: { code: 'machine.not-failed' } })
  })

  it('does the attestation again with everything before it, one step at a time, and starts fresh after a reset', async () => {
    const runId = await start('unsigned')
    await ended(runId)
    expect(await client.request('redoStep', { runId, step: 'push', pace: 'step' })).toEqual({ ok: true, value: {} })
    await until(() => run(runId)?.paused, 'register')
    expect([stateOf(runId, 'push'), stateOf(runId, 'attest')]).toEqual(['passed', 'stale'])
    expect(await client.request('continueRun', { runId, before: 'register', pace: 'all' })).toEqual({
      ok: true,
      value: {},
    })
    expect(await ended(runId)).toMatchObject({ outcome: 'denied', ok: true, denial: { gate: 'signature' } })

    expect(await client.request('reset', {})).toEqual({ ok: true, value: {} })
    await until(machine, 'stopping')
    await until(machine, 'ready')
    expect(follower.get().engine?.runs).toEqual([])
    expect(processesNaming(where.state)).toEqual([])
    expect(mountsNaming(where.state)).toEqual([])
    const again = await start('unsigned')
    expect(await ended(again)).toMatchObject({ outcome: 'denied', ok: true })
    expect(stateOf(again, 'sandbox')).toBe('passed')
  })

  it('reports each service: ready, and ended when one dies by itself', async () => {
    const services = () => new Map(follower.get().engine?.services.map(({ id, state }) => [id, state]))
    expect([...services().keys()]).toEqual(expect.arrayContaining(['fulcio', 'rekor', 'spire-server', 'spire-agent']))
    expect(new Set(services().values())).toEqual(new Set(['ready']))
    const records = await readPidRecords(places(where).pids)
    const victim = records.find(({ record }) => record.id === 'timestamp-authority')?.record.pid
    if (victim === undefined) throw new Error('no record of it')
    process.kill(victim, 'SIGKILL')
    await until(() => services().get('timestamp-authority'), 'ended')
    expect(services().get('rekor')).toBe('ready')
  })

  it('stops everything in mid-run when it is closed, and reports that', async () => {
    const runId = await start('unsigned')
    await until(() => stateOf(runId, 'build'), 'running')
    await host.close()
    await until(machine, 'stopping')
    expect(await ended(runId)).toMatchObject({ outcome: 'cancelled' })
    expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({
      error: { code: 'machine.stopping' },
    })
    // What had ended was started again by this run.
    const services = follower.get().engine?.services.filter(({ state }) => state !== 'stopped')
    expect(services).toEqual([])
    expect(processesNaming(where.state)).toEqual([])
    expect(mountsNaming(where.state)).toEqual([])
    expect(bugs).toEqual([])
  })

  it('received no token and no private key, not even in the tools\u2019 output', () => {
    const all = published.join('\n')
    expect(all).toContain('Pushing signature')
    expect(all).not.toMatch(/eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/)
    expect(all).not.toMatch(/PRIVATE KEY/)
  })
})
