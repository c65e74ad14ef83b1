import type { Engine } from '../containers/engine.ts'
import type { Result } from '../domain/result.ts'
import type { Folders, Places } from '../machine/folders.ts'
import type { Redactor } from '../process/redactor.ts'
import type { ServiceGroup } from '../process/service-group.ts'
import type { ServiceHealth } from '../process/service-health.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SpireAgent } from '../spire/agent.ts'
import type { SpireServer } from '../spire/server.ts'
import type { ToolPaths } from '../tools/tool.ts'
import type { PersonaId } from '../workflow/scenarios.ts'

/** Programs of ours that are started as processes of their own. Absolute paths. */
export interface OwnPrograms {
  /** A system Node, never Electron. */
  readonly node: string
  readonly attestorPlugin: string
  readonly issuer: string
  /** The folder that holds our `xdg-open`. */
  readonly openerDir: string
}

/** A login that a signing waits for. */
export interface LoginRequest {
  readonly runId: string
  /** What cosign wants to open in a browser. */
  readonly url: string
  /** Origin of the login pages. */
  readonly issuer: string
  /** Who is asked to log in. */
  readonly persona: PersonaId
}

/** Shows a login to a person, or completes it for one; an error ends the signing with it. */
export type LoginPort = (
  request: LoginRequest,
  /** Ended when cosign is: a window that is still open then is of no use. */
  signal: AbortSignal,
) => Promise<Result<void>>

/** What is running. Each is set by the session step that starts it. */
export interface Running {
  engine: Engine
  sandbox: Sandbox
  spireServer: SpireServer
  spireAgent: SpireAgent
}

/** What a session owns and its steps share. */
export interface SessionResources {
  readonly folders: Folders
  readonly places: Places
  readonly tools: ToolPaths
  readonly programs: OwnPrograms
  readonly login: LoginPort
  readonly redactor: Redactor
  /** Everything that has to be stopped, in reverse order, when the session ends. */
  readonly services: ServiceGroup
  /** Looks after what runs, until the session ends. */
  readonly health: ServiceHealth
  /** What an earlier session left behind and this one has ended, in words. */
  readonly leftovers: readonly string[]
  readonly running: Partial<Running>
}

/** Something that an earlier step has started. Asking before that is a bug of the step table and throws. */
export function running<K extends keyof Running>(session: SessionResources, what: K): Running[K] {
  const found: Partial<Running>[K] = session.running[what]
  if (found === undefined) throw new Error(`${what} has not been started.`)
  return found
}
