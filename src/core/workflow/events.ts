import type { AppError } from '../domain/app-error.ts'
import type { GateRecord } from '../domain/gate.ts'
import type { Artifact, Denial } from './artifacts.ts'
import type { Profile } from './profile.ts'
import type { RunOutcome, ScenarioId } from './scenarios.ts'
import type { StepId } from './steps.ts'

/** How far a step is, never invented: a label, a share of a known whole, or a count. */
export type Progress =
  | { readonly kind: 'indeterminate'; readonly label: string }
  | { readonly kind: 'fraction'; readonly label: string; readonly fraction: number }
  | { readonly kind: 'count'; readonly label: string; readonly done: number; readonly total: number }

/** A command that ran, or (`byHand`) the one that does the same where the step used an API. */
export interface CommandCard {
  readonly argv: readonly string[]
  readonly byHand: boolean
}

interface Body<T extends string> {
  readonly type: T
}
interface StepBody<T extends string> extends Body<T> {
  readonly step: StepId
}

/** Everything that can happen in a run. Names are past tense; a step appends nothing else. */
export type EventBody =
  | (Body<'run.planned'> & {
      readonly scenario: ScenarioId
      readonly profile: Profile
      readonly steps: readonly { readonly id: StepId; readonly skip: string | null }[]
    })
  | (Body<'run.paused'> & { readonly before: StepId })
  | (Body<'run.cancel-requested'> & { readonly reason: string })
  | (Body<'run.finished'> & {
      readonly outcome: RunOutcome
      readonly ok: boolean
      readonly denial: Denial | null
      readonly error: AppError | null
    })
  | StepBody<'step.started'>
  | (StepBody<'step.progressed'> & { readonly progress: Progress })
  | (StepBody<'step.command-ran'> & { readonly command: CommandCard })
  | (StepBody<'step.waited'> & {
      readonly what: string
      readonly until: string | null
      /** What a person may open, where no window of ours shows it. */
      readonly address?: string
    })
  | StepBody<'step.resumed'>
  | (StepBody<'step.noted'> & { readonly text: string })
  /** A gate of the attestation as the attestor decided it, in the moment in which it was seen. */
  | (StepBody<'step.gate-decided'> & { readonly gate: GateRecord })
  | (StepBody<'step.produced'> & { readonly artifact: Artifact })
  | StepBody<'step.passed'>
  | (StepBody<'step.refused'> & { readonly denial: Denial })
  | (StepBody<'step.failed'> & { readonly error: AppError })
  | (StepBody<'step.cancelled'> & { readonly reason: string })
  | (StepBody<'step.skipped'> & { readonly reason: string })
  | (StepBody<'step.reused'> & { readonly since: string })
  | (StepBody<'step.staled'> & { readonly because: StepId })

/** An event as it stands in the log: numbered from 1 without gaps within its run. */
export type RunEvent = EventBody & {
  readonly seq: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly runId: string
}

/** What a step appends; the engine adds the step's id. */
export type StepReport =
  Extract<
    EventBody,
    {
      type: 'step.progressed' | 'step.command-ran' | 'step.waited' | 'step.resumed' | 'step.noted' | 'step.gate-decided'
    }
  > extends infer E
    ? E extends { step: StepId }
      ? Omit<E, 'step'>
      : never
    : never
