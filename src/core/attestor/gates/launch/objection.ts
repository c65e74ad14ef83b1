import { readlinkSync } from 'node:fs'
import type { InspectedContainer } from '../../../containers/inspect/inspect.ts'
import type { StartFacts } from '../../../containers/inspect/launch-facts.ts'
import { type AppError, whatAndFound } from '../../../domain/app-error.ts'
import type { DockerAnswers, RunningContainer } from '../../runtimes/runtime.ts'

/** What the engine reported about container and image, and the calling process. */
export interface LaunchQuestion {
  readonly pid: number
  readonly container: RunningContainer
  readonly image: StartFacts | undefined
}

/** The same about a container of an engine with Docker's API. */
export interface EngineQuestion extends LaunchQuestion {
  readonly container: InspectedContainer
}

export interface LaunchOptions {
  /** Absent on a runtime of another kind. */
  readonly docker: DockerAnswers | undefined
  readonly signal: () => AbortSignal
  readonly procFolder: string
  /** Folders of the machine that may be mounted. */
  readonly mounts: readonly string[]
}

export type DockerOptions = LaunchOptions & { readonly docker: DockerAnswers }

/** What speaks against `as-built`, in words; undefined when nothing does; or why that cannot be determined. */
export type Objection =
  | {
      readonly found: string | undefined
      /** Whether the process may have been started from outside, as far as the machine shows. */
      readonly unclear?: boolean
      /** Whether the engine is the only source for this. */
      readonly byEngine?: boolean
      /** Whether the finding is a process from elsewhere in the namespace, which may be about to leave or to enter. */
      readonly stranger?: boolean
    }
  | { readonly unknown: string; readonly remedy: string; readonly stranger?: never }

export const unknown = (error: AppError): Objection => ({ unknown: whatAndFound(error), remedy: error.remedy })

/** Why a container could not be looked into. */
export const cannotLook = (error: unknown): Objection => ({
  unknown: `the container cannot be looked into: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown'}`,
  remedy: 'Run the agent as root (or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH), where the engine keeps its layers.',
})

/** Whether this is an ordinary user's plugin, which the kernel lets see other users' processes from outside only. */
export function mayNotLookInside(procFolder: string, pid: number): boolean {
  if (process.getuid?.() === 0) return false
  try {
    readlinkSync(`${procFolder}/${pid}/ns/user`)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
  }
}
