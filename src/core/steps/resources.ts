import type { Engine } from '../containers/engine/engine.ts'
import type { Result } from '../domain/result.ts'
import type { Folders, Places } from '../machine/folders.ts'
import type { Redactor } from '../process/redactor.ts'
import type { ServiceGroup } from '../process/services/group.ts'
import type { ServiceHealth } from '../process/services/health.ts'
import type { ServicesProfile } from '../profiles/profile-schema.ts'
import type { ProfileSettings } from '../profiles/read-profile.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SpireAgent } from '../spire/agent.ts'
import type { SpireServer } from '../spire/server.ts'
import type { ToolPaths } from '../tools/tool.ts'
import type { PersonId } from '../workflow/scenarios.ts'
import type { StepId } from '../workflow/steps.ts'
import type { WorkloadApi } from './shared/workload-api.ts'

/** Programs of ours that are started as processes of their own. Absolute paths. */
export interface OwnPrograms {
  /** A system Node, never Electron. */
  readonly node: string
  readonly attestorPlugin: string
  readonly issuer: string
  /** The folder that holds our `xdg-open`. */
  readonly openerDir: string
}

/** A login of the sandbox that a signing waits for. */
export interface LoginRequest {
  readonly runId: string
  /** What cosign wants to open in a browser. */
  readonly url: string
  /** Origin of the login pages. */
  readonly issuer: string
  /** The expected person. */
  readonly persona: PersonId
}

/** Shows a login to a person, or completes it for one; an error ends the signing with it. */
export type LoginPort = (
  request: LoginRequest,
  /** Aborted when cosign ends: a window that is still open then is of no use. */
  signal: AbortSignal,
) => Promise<Result<void>>

/** Asks a person, and waits for the answer. Resolves with `no` when the signal is aborted. */
export type AskPort = (
  request: { readonly runId: string; readonly step: StepId },
  signal: AbortSignal,
) => Promise<'yes' | 'no'>

/** What is running. Each field is set by the session step that starts it. */
export interface Running {
  engine: Engine
  sandbox: Sandbox
  spireServer: SpireServer
  spireAgent: SpireAgent
  workloadApi: WorkloadApi
}

/** What a session owns and its steps share. */
export interface SessionResources {
  readonly folders: Folders
  readonly places: Places
  /** The environment of the story. */
  readonly profile: ProfileSettings
  readonly tools: ToolPaths
  readonly programs: OwnPrograms
  readonly login: LoginPort
  readonly ask: AskPort
  readonly redactor: Redactor
  /** Everything that has to be stopped, in reverse order, when the session ends. */
  readonly services: ServiceGroup
  /** Watches what runs, until the session ends. */
  readonly health: ServiceHealth
  /** What an earlier session left behind and this one has ended, in words. */
  readonly leftovers: readonly string[]
  readonly running: Partial<Running>
}

/** Something that an earlier step has started. Calling it earlier is a bug of the step table and throws. */
export function running<K extends keyof Running>(session: SessionResources, what: K): Running[K] {
  const found: Partial<Running>[K] = session.running[what]
  if (found === undefined) throw new Error(`${what} has not been started.`)
  return found
}

/** The services of the profile. Calling it in the sandbox is a bug of the step table and throws. */
export function givenServices({ profile }: SessionResources): ServicesProfile {
  if (profile.kind !== 'services') throw new Error(`${profile.name} names no services.`)
  return profile
}

/** The existing SPIRE. Calling it when SPIRE is ours is a bug of the step table and throws. */
export function givenSpire(session: SessionResources): Exclude<ServicesProfile['spire'], 'ours'> {
  const { spire } = givenServices(session)
  if (spire === 'ours') throw new Error('SPIRE is ours.')
  return spire
}
