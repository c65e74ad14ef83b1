import type { Change, ServiceRow } from '../../contract/changes.ts'
import { withService } from '../../contract/engine-state.ts'
import type { Result } from '../../domain/result.ts'
import { places } from '../../machine/folders.ts'
import { attempt } from '../../process/services/group.ts'
import type { ProfileSettings } from '../../profiles/read-profile.ts'
import { startedBy } from '../../workflow/session-services.ts'
import { type HostLogs, hostLogs, type PublishedLines } from '../logs/logs.ts'
import { openSession, type Session, type SessionOptions } from '../session/session.ts'
import type { Ready } from './machine.ts'

/** What a session needs before the machine is ready. */
export type HostSessionOptions = Omit<SessionOptions, 'tools' | 'programs' | 'profile'> & {
  readonly programs: Omit<SessionOptions['programs'], 'node'>
}

export interface HostSessionPorts {
  readonly publish: (change: Change) => void
  /** Receives every line that is printed before it is reported. */
  readonly printed: (lines: PublishedLines) => void
}

/** The session of a host, opened with the first run that needs one, and its tools' output. */
export class HostSession {
  readonly #options: HostSessionOptions
  readonly #ports: HostSessionPorts
  #session: Promise<Result<Session>> | undefined
  #logs: HostLogs | undefined
  #services: readonly ServiceRow[] = []

  constructor(options: HostSessionOptions, ports: HostSessionPorts) {
    this.#options = options
    this.#ports = ports
  }

  /** The output; undefined while no session is open. */
  get logs(): HostLogs | undefined {
    return this.#logs
  }

  /** The state of the services, also after they were stopped. */
  get services(): ServiceRow[] {
    return [...this.#services]
  }

  /** Whether there is one, or will be in a moment. */
  async isOpen(): Promise<boolean> {
    return (await this.#session?.catch(() => undefined))?.ok === true
  }

  /** The session, opened once; a failed opening is retried. */
  async open({ tools, node }: Ready, profile: ProfileSettings): Promise<Result<Session>> {
    const programs = { ...this.#options.programs, node }
    this.#session ??= openSession({ ...this.#options, programs, tools, profile }).then((opened) => {
      if (opened.ok) this.#begin(opened.value)
      return opened
    })
    const session = await this.#session.catch((thrown: unknown) => {
      this.#session = undefined
      throw thrown
    })
    if (!session.ok) this.#session = undefined
    return session
  }

  /** Reports the output and the services' states, from now until all have stopped. */
  #begin(session: Session): void {
    const { publish, printed } = this.#ports
    this.#logs = hostLogs(places(this.#options.folders).logs, (lines) => {
      printed(lines)
      publish(lines)
    })
    this.#services = []
    session.resources.health.subscribe((health) => {
      const step = startedBy(health.id)
      if (step === undefined) return
      const row = { ...health, step }
      this.#services = withService(this.#services, row)
      publish({ kind: 'service', row })
    })
  }

  /** Drops the services of a closed session. */
  forget(): void {
    this.#services = []
  }

  /**
   * Stops everything that was started, after `stopRuns`. An opening in progress is waited for. Returns what could not
   * be stopped.
   */
  async close(stopRuns: () => Promise<void>): Promise<readonly string[]> {
    const session = await this.#session?.catch(() => undefined)
    const runs = await attempt('runs', stopRuns)
    const rest = session?.ok === true ? await session.value.close() : []
    this.#session = undefined
    this.#logs?.readNew()
    this.#logs?.close()
    this.#logs = undefined
    return runs === undefined ? rest : [runs, ...rest]
  }
}
