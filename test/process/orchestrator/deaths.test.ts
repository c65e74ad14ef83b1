import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import type { Run } from '../../../src/core/orchestrator/run/run.ts'
import { openSession, type Session } from '../../../src/core/orchestrator/session/session.ts'
import { readProcStat } from '../../../src/core/process/proc-stat.ts'
import { servicePart } from '../../../src/core/process/services/part.ts'
import { type Service, startService } from '../../../src/core/process/services/service.ts'
import { sandboxSettings } from '../../../src/core/profiles/read-profile.ts'
import { failed, type StepRun } from '../../../src/core/steps/step.ts'
import type { StepId } from '../../../src/core/workflow/steps.ts'
import { scripted } from '../../unit/orchestrator/scripted.ts'

// A real session whose services are little programs: what happens to a run when one of them is killed.

let base: string
let session: Session
let started: Service[]
/** What a step of the test waits for, and what it does when it is stopped. */
let working: Partial<Record<StepId, StepRun>>

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'sa-'))
  started = []
  working = {}
  const folder = (name: string): string => join(base, name)
  for (const name of ['state', 'cache', 'config', 'run']) mkdirSync(folder(name), { mode: 0o700 })
  const table = scripted({
    sandbox: (context) => start(context, 'sandbox', ['ct-log', 'registry']),
    'spire-server': (context) => start(context, 'spire-server', ['spire-server']),
    'spire-agent': (context) => start(context, 'spire-agent', ['spire-agent'], 'attestor-plugin'),
  })
  const late =
    (id: StepId): StepRun =>
    (context) =>
      (working[id] ?? table[id])(context)
  const opened = await openSession({
    folders: { state: folder('state'), cache: folder('cache'), config: folder('config'), runtime: folder('run') },
    tools: {} as never,
    programs: { node: '/n', attestorPlugin: '/p/x', issuer: '/i', openerDir: '/o' },
    profile: sandboxSettings,
    login: () => Promise.reject(new Error('no login')),
    ask: () => Promise.resolve('no'),
    stepRuns: Object.fromEntries(Object.keys(table).map((id) => [id, late(id as StepId)])) as typeof table,
  })
  if (!opened.ok) throw new Error(opened.error.what)
  session = opened.value
})
afterEach(async () => {
  expect(await session.close()).toEqual([])
  expect(started.filter(({ pid }) => readProcStat(pid) !== undefined)).toEqual([])
  rmSync(base, { recursive: true, force: true })
})

const listen = `require('node:net').createServer((connection) => connection.end('here')).listen(process.argv[1])`
const child = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'the-plugin'])`

async function start(
  { session: { services, health } }: Parameters<StepRun>[0],
  step: StepId,
  ids: readonly string[],
  part?: string,
): ReturnType<StepRun> {
  for (const id of ids) {
    const socket = join(base, `${id}.sock`)
    rmSync(socket, { force: true })
    const service = await startService({
      id,
      program: process.execPath,
      args: ['-e', `${part === undefined ? '' : child}; console.log('${id} is here'); ${listen}`, socket],
      logFile: join(base, `${id}.log`),
      pidFolder: join(base, 'pids'),
      readyTimeoutMs: 10_000,
      probe: () =>
        new Promise((resolve) => {
          // The kernel accepts a connection for a program that is just ending; only a living one responds.
          const connection = connect(socket).once('data', () => resolve(true))
          connection.on('error', ({ message }) => resolve(message))
          connection.on('close', () => resolve(false))
        }),
    })
    if (!service.ok) return failed(service.error)
    started.push(service.value)
    services.add(id, service.value)
    health.watch([service.value])
    if (part === undefined) continue
    const is = (words: readonly string[]): boolean => words.includes('the-plugin')
    await expect.poll(() => servicePart(service.value, { id: part, is })).toBeDefined()
    const plugin = await servicePart(service.value, { id: part, is })
    if (plugin !== undefined) health.watch([plugin])
  }
  return scripted()[step]({} as never)
}

const pidOf = (id: string): number => started.findLast((service) => service.id === id)?.pid ?? 0
const kill = (id: string): void => void process.kill(pidOf(id), 'SIGKILL')

/** A step that does nothing until it is ended. */
const endless: StepRun = ({ signal }) =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(failed(appError('run.cancelled', 'ended', 'again')))),
  )
/** The same, waiting for a person. */
const waiting: StepRun = (context) => {
  context.report({ type: 'step.waited', what: 'a login', until: null })
  return endless(context)
}

function when(run: Run, type: string, step: StepId | null, then: () => void): void {
  run.log.subscribe((event) => {
    if (event.type === type && (step === null || ('step' in event && event.step === step))) queueMicrotask(then)
  })
}

const states = (run: Run) => Object.fromEntries(run.log.state.steps.map(({ id, status }) => [id, status.state]))
const notes = (run: Run) => run.log.state.steps.flatMap((step) => step.notes)

it.each([
  ['sign', 'ct-log', endless, 'step.started'],
  ['sign', 'ct-log', waiting, 'step.waited'],
  ['verify', 'registry', endless, 'step.started'],
  ['register', 'spire-server', waiting, 'step.waited'],
  ['attest', 'spire-agent', endless, 'step.started'],
] as const)('in %s the death of %s ends the run at once, and is named', async (step, id, work, type) => {
  working[step] = work
  const run = session.newRun('signed', null)
  when(run, type, step, () => kill(id))
  const { outcome, error } = await run.start()
  expect(outcome).toBe('failed')
  expect(error).toMatchObject({
    code: 'run.service-died',
    what: `${id} ended while it was needed.`,
    found: 'ended by signal SIGKILL',
    remedy: expect.stringContaining(join(base, `${id}.log`)),
    evidence: { signal: 'SIGKILL', lastLines: [`${id} is here`] },
  })
  expect(states(run)[step]).toBe('failed')
})

it('a step that fails before its service\u2019s death is known fails for that death', async () => {
  working.sign = () => {
    kill('ct-log')
    // Dead, and this program has had no chance to notice it.
    while (readProcStat(pidOf('ct-log')) !== undefined);
    return Promise.resolve(failed(appError('cosign.x', 'cosign got no answer.', 'Read its log.')))
  }
  expect((await session.newRun('signed', null).start()).error?.what).toBe('ct-log ended while it was needed.')
})

it('a step that fails while its services live keeps its own error', async () => {
  working.sign = () => Promise.resolve(failed(appError('cosign.x', 'cosign got no answer.', 'Read its log.')))
  expect((await session.newRun('signed', null).start()).error?.code).toBe('cosign.x')
})

it('the process that a service has started is watched as well, and the end of its service is not reported twice', async () => {
  working.attest = endless
  const run = session.newRun('signed', null)
  when(run, 'step.started', 'attest', () => {
    const agent = started.findLast(({ id }) => id === 'spire-agent')
    if (agent === undefined) throw new Error('no agent')
    void childOf(agent).then((pid) => process.kill(pid, 'SIGKILL'))
  })
  expect((await run.start()).error?.what).toBe('attestor-plugin ended while it was needed.')
})

async function childOf({ pid }: Service): Promise<number> {
  const found = (await readdir('/proc')).map(Number).find((each) => each > 0 && readProcStat(each)?.parent === pid)
  if (found === undefined) throw new Error('no child')
  return found
}

it('a run continues without what it no longer needs, and says so', async () => {
  let gone: (() => void) | undefined
  const known = new Promise<void>((resolve) => (gone = resolve))
  session.resources.health.onDeath(() => gone?.())
  working.verify = async (context) => {
    kill('ct-log')
    await known
    return scripted().verify(context)
  }
  const run = session.newRun('signed', null)
  expect((await run.start()).outcome).toBe('svid')
  expect(notes(run)).toEqual(['ct-log ended (ended by signal SIGKILL). What is left of this run does not need it.'])
})

it('a paused run ends when what it needs next dies', async () => {
  const run = session.newRun('signed', null)
  when(run, 'run.paused', null, () => {
    if (run.log.state.paused === 'sign') kill('ct-log')
    else run.goOn('step')
  })
  const { outcome, error, paused } = await run.start('step')
  expect({ outcome, paused, what: error?.what }).toEqual({
    outcome: 'failed',
    paused: null,
    what: 'ct-log ended while it was needed.',
  })
})

it('what dies while nothing runs is started again, with everything else, by the next run and by a step done again', async () => {
  const first = session.newRun('signed', null)
  expect((await first.start()).outcome).toBe('svid')
  const before = started.map(({ pid }) => pid)
  const died = new Promise<void>((resolve) => session.resources.health.onDeath(() => resolve()))
  kill('registry')
  await died
  const second = session.newRun('signed', null)
  expect((await second.start()).outcome).toBe('svid')
  expect(notes(second)).toEqual([
    'Everything is started again, because this had ended: registry (ended by signal SIGKILL).',
  ])
  expect(before.filter((pid) => readProcStat(pid) !== undefined)).toEqual([])
  // The first run's results belong to services that are gone.
  const again = first.redoFrom('sign', 'all')
  if (!again.ok) throw new Error(again.error.what)
  expect((await again.value).outcome).toBe('svid')
  expect(states(first)).toMatchObject({ sandbox: 'reused', sign: 'passed', register: 'passed', attest: 'passed' })
  expect(states(first)['build']).toBe('passed')
})

it('a new run waits until one that began before the death has ended', async () => {
  let end: (() => void) | undefined
  working.verify = async (context) => {
    await new Promise<void>((resolve) => (end = resolve))
    return scripted().verify(context)
  }
  const first = session.newRun('signed', null)
  const second = session.newRun('signed', null)
  const seconds: Promise<unknown>[] = []
  session.resources.health.onDeath(() => {
    delete working.verify
    when(second, 'step.waited', 'preflight', () => end?.())
    seconds.push(second.start())
  })
  when(first, 'step.started', 'verify', () => kill('ct-log'))
  expect((await first.start()).outcome).toBe('svid')
  expect(await seconds[0]).toMatchObject({ outcome: 'svid' })
})
