import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, it, vi } from 'vitest'
import { createClient } from '../../src/core/contract/client.ts'
import { follow } from '../../src/core/contract/follow.ts'
import { createHost, type Host } from '../../src/core/orchestrator/host/host.ts'
import { memoryTransport } from '../contract/memory-transport.ts'
import { dist, root, temporaryFolders } from './harness/session.ts'
import { mountsNaming, processesNaming } from './harness/traces.ts'

const patience = { timeout: 90_000, interval: 50 }
const where = temporaryFolders()
let host: Host | undefined
afterEach(async () => {
  await host?.close()
  // If this test fails, what was killed must not stay: its records are below the folder that is removed.
  const cleaned = await execa(process.execPath, [join(dist, 'cli.js'), 'clean'], { env: where.env, reject: false })
  expect(cleaned.exitCode, cleaned.stderr).toBe(0)
  where.remove()
})

/** A story in a terminal that is killed when a step begins; returns its run. */
async function killedAt(step: string): Promise<string> {
  const runs = join(where.state, 'runs')
  const story = execa(process.execPath, [join(dist, 'cli.js'), 'story', '--scenario', 'signed', '--json'], {
    cwd: root,
    env: where.env,
    reject: false,
  })
  const events = () =>
    existsSync(runs) ? readdirSync(runs).map((run) => readFileSync(join(runs, run, 'events.jsonl'), 'utf8')) : []
  await vi.waitFor(
    () => expect(events().some((log) => log.includes(`"type":"step.started","step":"${step}"`))).toBe(true),
    { ...patience, interval: 10 },
  )
  story.kill('SIGKILL')
  await story
  return readdirSync(runs)[0] ?? ''
}

it('a killed run continues where it was: image and signature stay, SPIRE is set up again', async () => {
  const runId = await killedAt('register')
  const services = () =>
    processesNaming(where.runtime).filter((each) => /dockerd|registry serve|fulcio serve/.test(each))
  const left = services()
  expect(left).toHaveLength(3)

  host = createHost({
    folders: where,
    assets: join(root, 'assets'),
    programs: {
      node: process.execPath,
      attestorPlugin: join(dist, 'attestor-plugin.cjs'),
      issuer: join(dist, 'oidc-issuer.mjs'),
      openerDir: join(dist, 'opener'),
    },
    about: { version: '0.0.0-test', runTime: null },
  })
  const client = createClient(memoryTransport(host.server))
  const follower = follow(client)
  const engine = () => follower.get().engine
  const run = () => engine()?.runs.find((each) => each.runId === runId)
  await vi.waitFor(() => expect(engine()?.machine.state).toBe('ready'), patience)
  expect(engine()?.leftovers).toMatchObject({ runs: [{ runId, scenario: 'signed', stoppedAt: 'register' }] })
  // Nothing of it is touched before the user has decided.
  expect(services()).toEqual(left)

  expect(await client.request('resumeRun', { runId })).toEqual({ ok: true, value: {} })
  await vi.waitFor(() => expect(run()?.outcome).toBe('svid'), patience)
  expect(run()).toMatchObject({ ok: true, error: null })
  expect(engine()?.leftovers).toBeNull()
  const done = run()?.steps.filter(({ status }) => status.state !== 'passed')
  expect(done).toEqual([])
  const log = await client.request('getSnapshot', {})
  const gave = log.ok
    ? log.value.runs[0]?.flatMap((event) => (event.type === 'step.produced' ? [event.artifact.kind] : []))
    : []
  expect(gave?.filter((kind) => kind === 'signature' || kind === 'pushed-image')).toEqual(['pushed-image', 'signature'])
  expect(gave?.filter((kind) => kind === 'sigstore')).toHaveLength(2)

  follower.close()
  await host.close()
  expect(processesNaming(where.state)).toEqual([])
  expect(processesNaming(where.runtime)).toEqual([])
  expect(mountsNaming(where.state)).toEqual([])
})
