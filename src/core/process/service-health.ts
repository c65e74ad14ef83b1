import { describeExit, type Service } from './service.ts'

/** How a service is after it was ready. `ended` is nobody's wish; `stopped` is ours. */
export type HealthState = 'ready' | 'not-answering' | 'ended' | 'stopped'

/** What is known of one service. */
export interface Health {
  readonly id: string
  readonly state: HealthState
  /** ISO 8601, UTC: since when it has been so. */
  readonly since: string
  /** In words: what its probe says, or how it ended. */
  readonly detail: string
}

/** Looks after services that are ready: at once when one ends, and by its own probe every few seconds. */
export interface ServiceHealth {
  readonly watch: (services: readonly Service[]) => void
  /** Calls back when the state of a service changes, and once for each that is watched; answers how to end that. */
  readonly subscribe: (listener: (health: Health) => void) => () => void
  /** Asks no more. Services that end are still told of. */
  readonly close: () => void
}

/** The health of a session's services. It restarts nothing. */
export function serviceHealth(everyMs = 5_000): ServiceHealth {
  const known = new Map<string, Health>()
  const listeners = new Set<(health: Health) => void>()
  const over = new AbortController()

  const tell = (id: string, state: HealthState, detail: string): void => {
    if (known.get(id)?.state === state) return
    const health = { id, state, detail, since: new Date().toISOString() }
    known.set(id, health)
    for (const listener of listeners) listener(health)
  }
  const watchOne = (service: Service): void => {
    const { id } = service
    let timer: NodeJS.Timeout | undefined
    let gone = false
    const later = (): void => {
      if (!gone && !over.signal.aborted) timer = setTimeout(() => void ask(), everyMs).unref()
    }
    const ask = async (): Promise<void> => {
      const answer = await service.check(over.signal)
      // A service that is being stopped stops answering first; that is no news.
      if (gone || over.signal.aborted) return
      if (answer === true) tell(id, 'ready', 'its health probe is answered')
      else tell(id, 'not-answering', answer)
      later()
    }
    known.delete(id)
    tell(id, 'ready', `its health probe is answered, after ${service.tookMs} ms`)
    later()
    void service.exited.then((exit) => {
      gone = true
      clearTimeout(timer)
      tell(id, exit.expected ? 'stopped' : 'ended', describeExit(exit))
    })
  }
  return {
    watch: (services) => services.forEach(watchOne),
    subscribe: (listener) => {
      listeners.add(listener)
      for (const health of known.values()) listener(health)
      return () => listeners.delete(listener)
    },
    close: () => over.abort(),
  }
}
