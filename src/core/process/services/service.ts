import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { appError, type Ending } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { baseEnvironment, type OutputLine, signalGroup } from '../command.ts'
import { firstSignal } from '../first-signal.ts'
import { lineLog } from '../line-log.ts'
import { bootId, endMarked, markVariable, newMark, removePidRecord, writePidRecord } from '../pid-record.ts'
import { readProcStat } from '../proc-stat.ts'
import type { Redactor } from '../redactor.ts'

/** A program that is kept running. It always leads a process group of its own. */
export interface ServiceSpec {
  /** Lower-case letters, digits, dots and hyphens: it becomes part of a file name. */
  readonly id: string
  /** An absolute path. */
  readonly program: string
  readonly args: readonly string[]
  /** Added to the allow-listed base environment. Nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The file for the whole output, redacted. */
  readonly logFile: string
  readonly redactor?: Redactor
  /**
   * True when the service is ready; false, or a sentence saying what is missing, when not yet. A throw is "not yet".
   */
  readonly probe: (signal: AbortSignal) => Promise<boolean | string>
  readonly readyTimeoutMs: number
  /** Ends the start. A service that is ready is ended by stop() alone. */
  readonly signal?: AbortSignal
  /** The folder for its pid record while it runs. */
  readonly pidFolder: string
  /** As for a command: the line for people, and as it was printed for a parser. */
  readonly onLine?: (line: OutputLine, unmasked: string) => void
  readonly stopSignal?: NodeJS.Signals
  /** How long it has between the stop signal and SIGKILL. */
  readonly graceMs?: number
}

/** How a service ended. */
export interface ServiceExit {
  readonly code: number | null
  readonly signal: string | null
  /** Whether we stopped it. */
  readonly expected: boolean
  /** Redacted. */
  readonly lastLines: readonly string[]
}

export interface Service {
  readonly id: string
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** From start to ready. */
  readonly tookMs: number
  /** Program and arguments, redacted. */
  readonly command: readonly string[]
  /** The file for its whole output, redacted. */
  readonly logFile: string
  readonly exited: Promise<ServiceExit>
  /** Whether we have stopped it. */
  readonly isStopping: () => boolean
  /** Its newest lines, redacted, oldest first. */
  readonly lastLines: () => readonly string[]
  /** Runs its probe once: true while it answers, else its message. Never rejects. */
  readonly check: (signal?: AbortSignal) => Promise<true | string>
  /** Ends it and everything it started; resolves when all are gone. May be called more than once. */
  readonly stop: () => Promise<void>
}

/** The pause after an unsuccessful probe: doubled each time, up to the longest. */
const probePauseMs = { first: 25, longest: 100 }
const probeTimeoutMs = 2_000

/**
 * Starts a service and resolves once its probe reports that it is ready. A service that exits, stays unready for
 * `readyTimeoutMs`, or whose start is aborted is ended with everything it started, and the Result says which of these
 * happened. It is never restarted silently: watch `exited`.
 */
export async function startService(spec: ServiceSpec): Promise<Result<Service>> {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(spec.id)) throw new Error(`Not a service id: ${spec.id}`)
  if (spec.signal?.aborted === true) return err(cancelled(spec))
  const started = performance.now()
  const launched = await launch(spec)
  if (!launched.ok) return launched
  const service = launched.value
  const outcome = await untilReady(spec, service)
  if (outcome.kind === 'ready') {
    return ok({ ...service.public, tookMs: Math.round(performance.now() - started) })
  }
  await service.public.stop()
  const exit = await service.public.exited
  if (outcome.kind === 'cancelled') return err(cancelled(spec))
  const ending: Ending = outcome.kind === 'timed-out' ? 'timed out' : exit.signal === null ? 'non-zero exit' : 'crash'
  return err(
    appError(
      `run.service-${outcome.kind}`,
      outcome.kind === 'timed-out' ? `${spec.id} did not become ready.` : `${spec.id} ended while it was starting.`,
      `Read its log, ${spec.logFile}, for the cause.`,
      {
        expected: `${spec.id} ready within ${spec.readyTimeoutMs / 1000} s`,
        found: outcome.kind === 'timed-out' ? outcome.missing : describeExit(exit),
        evidence: {
          command: service.public.command,
          ending,
          ...(outcome.kind === 'exited' && exit.code !== null ? { exitCode: exit.code } : {}),
          ...(outcome.kind === 'exited' && exit.signal !== null ? { signal: exit.signal } : {}),
          lastLines: exit.lastLines,
          logFile: spec.logFile,
        },
      },
    ),
  )
}

/** How a service ended, in words. */
export const describeExit = (exit: ServiceExit): string =>
  exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `ended by signal ${exit.signal}`

interface Launched {
  readonly public: Omit<Service, 'tookMs'>
}

async function launch(spec: ServiceSpec): Promise<Result<Launched>> {
  const clean = (text: string): string => spec.redactor?.clean(text) ?? text
  const command = [spec.program, ...spec.args].map(clean)
  const mark = newMark()
  const child = execa(spec.program, [...spec.args], {
    reject: false,
    shell: false,
    extendEnv: false,
    env: { ...baseEnvironment(), ...spec.env, [markVariable]: mark },
    detached: true,
    cleanup: false,
    buffer: false,
    stdin: 'ignore',
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  })
  const pid = child.pid
  if (pid === undefined) {
    const { originalMessage, shortMessage } = await child
    return err(notStarted(spec, command, clean(originalMessage ?? shortMessage ?? 'unknown')))
  }
  const startTime = readProcStat(pid)?.startTime
  const record = writePidRecord(spec.pidFolder, {
    id: spec.id,
    pid,
    startTime: startTime ?? 'gone',
    bootId: bootId(),
    program: spec.program,
    mark,
  })
  const log = lineLog({ file: spec.logFile, keep: 20, clean, onLine: spec.onLine })
  log.follow('stdout', child.stdout)
  log.follow('stderr', child.stderr)

  let stopping: Promise<void> | undefined
  const exited = new Promise<ServiceExit>((resolve) => {
    // 'exit', not 'close': something it started may hold the pipes open.
    child.once('exit', (code, signal) => {
      const expected = stopping !== undefined
      // What it left behind: in its group, and outside of it what carries its mark.
      signalGroup(pid, 'SIGKILL')
      void endMarked(mark, startTime)
        .then(() => log.close())
        .then(() => {
          removePidRecord(record)
          resolve({ code, signal, expected, lastLines: [...log.lastLines()] })
        })
    })
  })
  const end = async (): Promise<void> => {
    signalGroup(pid, spec.stopSignal ?? 'SIGTERM')
    const force = setTimeout(() => signalGroup(pid, 'SIGKILL'), spec.graceMs ?? 5_000)
    await exited
    clearTimeout(force)
  }
  const stop = (): Promise<void> => (stopping ??= child.exitCode === null && child.signalCode === null ? end() : gone())
  const gone = async (): Promise<void> => {
    await exited
  }
  const check = (signal?: AbortSignal): Promise<true | string> => probe(spec, signal)
  return ok({
    public: {
      id: spec.id,
      pid,
      startedAt: new Date().toISOString(),
      command,
      logFile: spec.logFile,
      exited,
      isStopping: () => stopping !== undefined,
      lastLines: () => [...log.lastLines()],
      check,
      stop,
    },
  })
}

const notStarted = ({ id, program }: ServiceSpec, command: readonly string[], found: string) =>
  appError('run.service-not-started', `${id} could not be started.`, 'Run `npm run doctor` to see its program.', {
    expected: program,
    found,
    evidence: { command, ending: 'not started' },
  })

const notAnswered = 'its health probe was not answered'

/** One try of the probe, limited in time: true, or what is missing, redacted. */
async function probe({ probe: ask, redactor }: ServiceSpec, signal?: AbortSignal): Promise<true | string> {
  const limit = AbortSignal.timeout(probeTimeoutMs)
  const both = firstSignal(signal, limit)
  const answer = await ask(both).catch((error: unknown) => (error instanceof Error ? error.message : false))
  if (answer === true) return true
  return typeof answer === 'string' && answer !== '' ? (redactor?.clean(answer) ?? answer) : notAnswered
}

type Readiness = { kind: 'ready' | 'exited' | 'cancelled' } | { kind: 'timed-out'; missing: string }

async function untilReady(spec: ServiceSpec, service: Launched): Promise<Readiness> {
  const over = new AbortController()
  const exit = service.public.exited.then((): Readiness => ({ kind: 'exited' }))
  const aborted = spec.signal
    ? once(spec.signal, 'abort', { signal: over.signal }).then(
        (): Readiness => ({ kind: 'cancelled' }),
        (): Readiness => ({ kind: 'cancelled' }),
      )
    : undefined
  let missing = notAnswered
  const timedOut = delay(spec.readyTimeoutMs, undefined, { signal: over.signal }).then(
    (): Readiness => ({ kind: 'timed-out', missing }),
    (): Readiness => ({ kind: 'timed-out', missing }),
  )
  const probing = async (): Promise<Readiness> => {
    let pauseMs = probePauseMs.first
    while (!over.signal.aborted) {
      const answer = await probe(spec, over.signal)
      if (answer === true) return { kind: 'ready' }
      missing = answer
      await delay(pauseMs, undefined, { signal: over.signal }).catch(() => undefined)
      pauseMs = Math.min(2 * pauseMs, probePauseMs.longest)
    }
    return { kind: 'cancelled' }
  }
  const first = await Promise.race([exit, timedOut, probing(), ...(aborted ? [aborted] : [])])
  over.abort()
  return first
}

const cancelled = (spec: ServiceSpec) =>
  appError('run.cancelled', `The start of ${spec.id} was cancelled.`, 'Start it again when you are ready.')
