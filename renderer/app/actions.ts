import type { InputOf, OutputOf, Pace, RecordingOf, Saved } from '../../src/core/contract/contract.ts'
import type { Result } from '../../src/core/domain/result.ts'
import type { PersonaId, ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import type { LogSource } from '../log-panel/source.ts'

/** The actions on profiles. Each result is shown where the action was started. */
export interface ProfileActions {
  readonly list: () => Promise<Result<OutputOf<'listProfiles'>>>
  readonly read: (name: string) => Promise<Result<OutputOf<'readProfile'>>>
  readonly save: (profile: InputOf<'saveProfile'>) => Promise<Result<unknown>>
  readonly fill: (name: string, values: Readonly<Record<string, string>>) => Promise<Result<unknown>>
  readonly check: (name: string) => Promise<Result<OutputOf<'checkProfile'>>>
  readonly use: (name: string) => Promise<Result<unknown>>
}

/** The actions on talks. */
export interface TalkActions {
  readonly list: () => Promise<Result<OutputOf<'listTalks'>>>
  readonly read: (name: string) => Promise<Result<OutputOf<'readTalk'>>>
  readonly save: (talk: InputOf<'saveTalk'>) => Promise<Result<unknown>>
}

/** The actions of the window. */
export interface Actions {
  readonly profiles: ProfileActions
  readonly talks: TalkActions
  /** What was measured of connections to other machines; null before the first run, or without an engine. */
  readonly connections: () => Promise<OutputOf<'getConnections'>['measured']>
  readonly start: (scenario: ScenarioId, pace?: Pace) => void
  readonly continueRun: (runId: string, before: StepId, pace: Pace) => void
  readonly redo: (runId: string, step: StepId, pace: Pace) => void
  /** Dismisses the refusal of the last request. */
  readonly dismiss: () => void
  readonly cancel: (runId: string) => void
  readonly answerLogin: (runId: string, persona: PersonaId, decision: 'allow' | 'deny') => void
  /** Answers a step that waits for a person. */
  readonly answerStep: (runId: string, step: StepId, answer: 'yes' | 'no') => void
  /** Refuses to publish, and selects the sandbox for the next stories. */
  readonly useSandboxInstead: (runId: string) => void
  readonly prepareAgain: () => void
  readonly openLog: (runId: string, step: StepId) => void
  /** All lines of a step's log, also those that the state does not hold. */
  readonly logOf: (runId: string, step: StepId) => LogSource
  readonly reset: () => void
  readonly resume: (runId: string) => void
  readonly cleanUp: () => void
  /** The text of a recording; null when there is none, and then `problem` says why. */
  readonly getRecording: (of: RecordingOf) => Promise<string | null>
  /** Where it was saved; null if it was not, with the reason in `problem` unless the person cancelled. */
  readonly save: (what: Saved) => Promise<string | null>
}
