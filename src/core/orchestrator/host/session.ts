import type { Change, ServiceRow } from '../../contract/changes.ts'
import { withService } from '../../contract/engine-state.ts'
import type { Result } from '../../domain/result.ts'
import { places } from '../../machine/folders.ts'
import { attempt } from '../../process/service-group.ts'
import type { ProfileSettings } from '../../profiles/read-profile.ts'
import { startedBy } from '../../workflow/session-services.ts'
import { type HostLogs, hostLogs, type PublishedLines } from '../logs/logs.ts'
import { openSession, type Session, type SessionOptions } from '../session/session.ts'
import type { Ready } from './machine.ts'

/** What is known of a session before the machine is ready. */
export type HostSessionOptions = Omit<SessionOptions, 'tools' | 'programs' | 'profile'> & {
  readonly programs: Omit<SessionOptions['programs'], 'node'>
}

export interface HostSessionPorts {
  readonly publish: (change: Change) => void
  /** Hears of every line that is printed before it is told. */
  readonly printed: (lines: PublishedLines) => void
}

/** The session of a host, opened with the first run that needs one, and what its tools print. */
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

  /** What is printed; undefined while no session is open. */
  get logs(): HostLogs | undefined {
    return this.#logs
  }

  /** How the services are, or were when they were stopped. */
  get services(): ServiceRow[] {
    return [...this.#services]
  }

  /** Whether there is one, or will be in a moment. */
  async isOpen(): Promise<boolean> {
    return (await this.#session?.catch(() => undefined))?.ok === true
  }

  /** The session, opened once; one that could not be opened is tried again. */
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

  /** Tells what is printed and how the services are, from now until all have stopped. */
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

  /** Knows nothing of the services of a session that is closed. */
  forget(): void {
    this.#services = []
  }

  /**
   * Stops everything that was started, after `stopRuns`. One that is being opened is waited for. Answers what could not be
   * stopped.
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
