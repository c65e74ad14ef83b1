import type { AppError } from '../domain/app-error.ts'
import type { Redactor } from '../process/redactor.ts'
import type { Artifact, ArtifactKind, ArtifactOf, Denial } from '../workflow/artifacts.ts'
import type { StepReport } from '../workflow/events.ts'
import type { PersonaId, Scenario } from '../workflow/scenarios.ts'
import type { SessionResources } from './resources.ts'

/** How a step ended. `refused` is a proved refusal; whether it was intended is decided by the orchestrator. */
export type StepOutcome =
  | { readonly kind: 'passed'; readonly artifacts: readonly Artifact[] }
  | { readonly kind: 'refused'; readonly denial: Denial; readonly artifacts: readonly Artifact[] }
  /** A person decided to end the run here. */
  | { readonly kind: 'stopped'; readonly reason: string; readonly artifacts?: undefined }
  | { readonly kind: 'failed'; readonly error: AppError; readonly artifacts?: readonly Artifact[] }

/** Everything a step may use. Steps do not import each other: one step's artifacts are the next one's input. */
export interface StepContext {
  readonly runId: string
  readonly scenario: Scenario
  /** Who logs in when this run signs. */
  readonly persona: PersonaId
  /** The run's own folder, 0700. */
  readonly folder: string
  /** Where the step's tools leave their whole output, redacted. */
  readonly logFile: string
  /** Aborted on cancel and when the step's time limit is reached. */
  readonly signal: AbortSignal
  readonly redactor: Redactor
  /** What outlives the run: engine, sandbox, SPIRE. */
  readonly session: SessionResources
  /** The artifact of a kind that the step table lists under `needs`; requesting another is a bug and throws. */
  readonly artifact: <K extends ArtifactKind>(kind: K) => ArtifactOf<K>
  /** An artifact that only some scenarios have. */
  readonly optional: <K extends ArtifactKind>(kind: K) => ArtifactOf<K> | undefined
  readonly report: (report: StepReport) => void
}

export type StepRun = (context: StepContext) => Promise<StepOutcome>

/** Shorthands, so that steps read as sentences. */
export const passed = (...artifacts: Artifact[]): StepOutcome => ({ kind: 'passed', artifacts })
export const failed = (error: AppError): StepOutcome => ({ kind: 'failed', error })
