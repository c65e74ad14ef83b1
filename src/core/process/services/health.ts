import { setTimeout as delay } from 'node:timers/promises'
import { type AppError, appError } from '../../domain/app-error.ts'
import { firstSignal } from '../first-signal.ts'
import { describeExit, type Service, type ServiceExit } from './service.ts'

/** The state of a service after it was ready. `ended`: by itself; `stopped`: by us. */
export type HealthState = 'ready' | 'not-answering' | 'ended' | 'stopped'

/** The health of one service. */
export interface Health {
  readonly id: string
  readonly state: HealthState
  /** ISO 8601, UTC: since when. */
  readonly since: string
  /** In words: its probe's message, or how it ended. */
  readonly detail: string
}

/** What can be watched: a service, or a process that one has started. */
export type Watched = Pick<Service, 'id' | 'command' | 'logFile' | 'tookMs' | 'exited' | 'check'>

/** The unexpected end of something that is watched. */
export interface Death {
  readonly id: string
  /** How it ended, in words. */
  readonly how: string
  readonly error: AppError
}

/** Watches services that are ready: reports an end at once, and runs each probe every few seconds. */
export interface ServiceHealth {
  readonly watch: (services: readonly Watched[]) => void
  /** Calls back when the state of a service changes, and once for each that is watched; returns how to end that. */
  readonly subscribe: (listener: (health: Health) => void) => () => void
  /** Calls back at each unexpected end from now on; returns how to end that. */
  readonly onDeath: (listener: (death: Death) => void) => () => void
  /**
   * Resolves when each of the services has answered its probe or its end has been reported: a caller that just lost one
   * is notified of the end first. A service that hangs is waited for a short while only.
   */
  readonly settle: (of: (id: string) => boolean) => Promise<void>
  /** Stops probing. Services that end are still reported. */
  readonly close: () => void
}

/** How long the end of a process may take to be reported after it has stopped answering. */
const reportedWithinMs = 1_000

/** The health of a session's services. It restarts nothing. */
export function serviceHealth(everyMs = 5_000): ServiceHealth {
  const known = new Map<string, Health>()
  const living = new Map<string, { readonly service: Watched; readonly reported: Promise<void> }>()
  const listeners = new Set<(health: Health) => void>()
  const deathListeners = new Set<(death: Death) => void>()
  const over = new AbortController()

  const report = (id: string, state: HealthState, detail: string): void => {
    if (known.get(id)?.state === state) return
    const health = { id, state, detail, since: new Date().toISOString() }
    known.set(id, health)
    for (const listener of listeners) listener(health)
  }
  const watchOne = (service: Watched): void => {
    const { id } = service
    let timer: NodeJS.Timeout | undefined
    let gone = false
    const later = (): void => {
      if (!gone && !over.signal.aborted) timer = setTimeout(() => void ask(), everyMs).unref()
    }
    const ask = async (): Promise<void> => {
      const answer = await service.check(over.signal)
      // A service that is being stopped stops responding first; that is not reported.
      if (gone || over.signal.aborted) return
      if (answer === true) report(id, 'ready', 'its health probe is answered')
      else report(id, 'not-answering', answer)
      later()
    }
    known.delete(id)
    report(id, 'ready', `its health probe is answered, after ${service.tookMs} ms`)
    later()
    const reported = service.exited.then((exit) => {
      gone = true
      clearTimeout(timer)
      if (living.get(id)?.service === service) living.delete(id)
      report(id, exit.expected ? 'stopped' : 'ended', describeExit(exit))
      if (exit.expected) return
      const death = { id, how: describeExit(exit), error: diedError(service, exit) }
      for (const listener of deathListeners) listener(death)
    })
    living.set(id, { service, reported })
  }
  return {
    watch: (services) => services.forEach(watchOne),
    subscribe: (listener) => {
      listeners.add(listener)
      for (const health of known.values()) listener(health)
      return () => listeners.delete(listener)
    },
    onDeath: (listener) => {
      deathListeners.add(listener)
      return () => deathListeners.delete(listener)
    },
    settle: async (of) => {
      const limit = new AbortController()
      const late = delay(reportedWithinMs, undefined, { signal: limit.signal }).catch(() => undefined)
      const asked = [...living.values()].filter(({ service }) => of(service.id))
      await Promise.all(
        asked.map(async ({ service, reported }) => {
          const signal = firstSignal(over.signal, limit.signal)
          if ((await Promise.race([service.check(signal), late])) !== true) await Promise.race([reported, late])
        }),
      )
      limit.abort()
    },
    close: () => over.abort(),
  }
}

/** The error of a step or run that needs a service that has ended. */
export function diedError(
  { id, command, logFile }: Pick<Watched, 'id' | 'command' | 'logFile'>,
  exit: ServiceExit,
): AppError {
  const hint =
    exit.signal === 'SIGKILL'
      ? ' If it was not killed on purpose, the machine may have run out of memory: sudo dmesg.'
      : ''
  return appError(
    'run.service-died',
    `${id} ended while it was needed.`,
    `Start again: what has ended is started again first. If it ends again, its log says why: ${logFile}.${hint}`,
    {
      expected: `${id} runs until everything is stopped`,
      found: describeExit(exit),
      evidence: {
        command,
        ending: exit.code === null ? 'crash' : 'non-zero exit',
        ...(exit.code === null ? {} : { exitCode: exit.code }),
        ...(exit.signal === null ? {} : { signal: exit.signal }),
        lastLines: exit.lastLines.slice(-12),
        logFile,
      },
    },
  )
}
