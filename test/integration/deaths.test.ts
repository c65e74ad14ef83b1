import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { realSession, temporaryFolders } from './harness/session.ts'
import { mountsNaming, networkInterfaces, processesNaming } from './harness/traces.ts'

// One death of each kind of program that a session keeps running, in the step that needs it. Each run begins with the
// start of everything that the one before has lost. Random deaths: test/kills.

const where = temporaryFolders()
const interfaces = networkInterfaces()
let session: Session

beforeAll(async () => {
  session = await realSession(where)
})
afterAll(async () => {
  expect(await session.close()).toEqual([])
  expect(readdirSync(join(where.runtime, 'spire'))).toEqual([])
  expect(processesNaming(where.runtime)).toEqual([])
  expect(mountsNaming(where.runtime)).toEqual([])
  expect(networkInterfaces()).toEqual(interfaces)
  where.remove()
})

const child = (parent: number, word: string): number => {
  const lines = execFileSync('ps', ['--ppid', String(parent), '-o', 'pid=,args='])
    .toString()
    .split('\n')
  const found = lines.find((line) => line.includes(word))
  if (found === undefined) throw new Error(`${parent} has no ${word}`)
  return Number(found.trim().split(' ')[0])
}
const service = (id: string): number => {
  const { sandbox, spireServer, spireAgent } = session.resources.running
  const all = [...(sandbox?.services ?? []), spireServer?.service, spireAgent?.service]
  const found = all.find((each) => each?.id === id)
  if (found === undefined) throw new Error(`${id} does not run`)
  return found.pid
}
const dockerd = (): number => Number(readFileSync(join(where.runtime, 'docker.pid'), 'utf8'))

/** A run in which `pid` is killed as soon as the step has begun. */
async function runWithDeath(step: StepId, pid: () => number): Promise<RunState> {
  const run = session.newRun('signed', null)
  run.log.subscribe((event) => {
    if (event.type === 'step.started' && event.step === step) process.kill(pid(), 'SIGKILL')
  })
  return run.start()
}

const ours = (): boolean => session.resources.running.engine?.ours === true

it.each([
  ['ct-log', 'sign', () => service('ct-log')],
  ['issuer', 'sign', () => service('issuer')],
  ['registry', 'push', () => service('registry')],
  ['spire-server', 'register', () => service('spire-server')],
  ['spire-agent', 'register', () => service('spire-agent')],
  ['attestor-plugin', 'attest', () => child(service('spire-agent'), 'attestor-plugin')],
] as const)('%s is named when it dies in %s', async (id, step, pid) => {
  const state = await runWithDeath(step, pid)
  expect(state.error).toMatchObject({ code: 'run.service-died', what: `${id} ended while it was needed.` })
})

it.each([
  ['dockerd', 'build', dockerd],
  ['dockerd', 'attest', dockerd],
  ['containerd', 'attest', () => child(dockerd(), 'containerd')],
] as const)('%s of our private engine is named when it dies in %s', async (id, step, pid) => {
  // An engine that existed already is not ours to kill.
  if (!ours()) return
  const state = await runWithDeath(step, pid)
  expect(state.error).toMatchObject({ code: 'run.service-died', what: `${id} ended while it was needed.` })
  expect(state.error?.remedy).not.toContain('systemctl')
})

it('the next run restarts what had died, and proves what it has to', async () => {
  const state = await session.newRun('signed', null).start()
  expect(state).toMatchObject({ outcome: 'svid', ok: true, error: null })
  expect(existsSync(join(where.runtime, 'spire', 'agent', 'api.sock'))).toBe(true)
})
