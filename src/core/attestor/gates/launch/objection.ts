import type { InspectedContainer } from '../../../containers/inspect/inspect.ts'
import type { StartFacts } from '../../../containers/inspect/launch-facts.ts'
import { type AppError, whatAndFound } from '../../../domain/app-error.ts'
import type { DockerAnswers } from '../../runtimes/runtime.ts'

/** What the engine reported about container and image, and the calling process. */
export interface LaunchQuestion {
  readonly pid: number
  readonly container: InspectedContainer
  readonly image: StartFacts | undefined
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
    }
  | { readonly unknown: string; readonly remedy: string }

export const unknown = (error: AppError): Objection => ({ unknown: whatAndFound(error), remedy: error.remedy })
