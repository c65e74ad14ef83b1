import * as z from 'zod'
import { appErrorSchema } from '../domain/app-error-schema.ts'
import { gateSchema } from '../domain/gate.ts'
import { count, flag, list, record, text, time } from '../domain/shapes.ts'
import { artifactSchema, denialSchema } from './artifacts.ts'
import { profileSchema } from './profile.ts'
import { runOutcomes, scenarioIds } from './scenarios.ts'
import { stepIds } from './steps.ts'

// The events of a run. The schema of each event is its only description: types are inferred from it, and a recording is
// read with it.

/** A step's progress, never invented: a label, a fraction of a known whole, or a count. */
const progress = z.discriminatedUnion('kind', [
  record({ kind: z.literal('indeterminate'), label: text }),
  record({ kind: z.literal('fraction'), label: text, fraction: z.number().min(0).max(1) }),
  record({ kind: z.literal('count'), label: text, done: count, total: count }),
])
export type Progress = z.output<typeof progress>

/** A command that ran, or (`byHand`) the equivalent one where the step used an API. */
const command = record({ argv: list(text), byHand: flag })
export type CommandCard = z.output<typeof command>

const frame = {
  /** Numbered from 1 without gaps within a run. */
  seq: z.int().min(1),
  /** ISO 8601, UTC. */
  at: time,
  runId: z.string().regex(/^[a-z0-9-]{1,80}$/, 'the id of a run'),
}

const event = <T extends string, S extends z.ZodRawShape>(type: T, fields: S) =>
  record({ type: z.literal(type), ...frame, ...fields })
const ofStep = <T extends string, S extends z.ZodRawShape>(type: T, fields: S) =>
  event(type, { step: z.enum(stepIds), ...fields })

/** An event as stored in the log. Names are past tense; a step appends nothing else. */
export const runEventSchema = z.discriminatedUnion('type', [
  event('run.planned', {
    scenario: z.enum(scenarioIds),
    profile: profileSchema,
    /** `skip` holds the reason when the scenario leaves the step out. */
    steps: list(record({ id: z.enum(stepIds), skip: text.nullable() })),
  }),
  event('run.paused', { before: z.enum(stepIds) }),
  event('run.cancel-requested', { reason: text }),
  event('run.finished', {
    outcome: z.enum(runOutcomes),
    ok: flag,
    denial: denialSchema.nullable(),
    error: appErrorSchema.nullable(),
  }),
  ofStep('step.started', {}),
  ofStep('step.progressed', { progress }),
  ofStep('step.command-ran', { command }),
  ofStep('step.waited', {
    what: text,
    until: time.nullable(),
    /** What a person may open if no window of ours shows it. */
    address: text.exactOptional(),
  }),
  ofStep('step.resumed', {}),
  ofStep('step.noted', { text }),
  /** A gate of the attestation, at the moment when the attestor decided it. */
  ofStep('step.gate-decided', { gate: gateSchema }),
  ofStep('step.produced', { artifact: artifactSchema }),
  ofStep('step.passed', {}),
  ofStep('step.refused', { denial: denialSchema }),
  ofStep('step.failed', { error: appErrorSchema }),
  ofStep('step.cancelled', { reason: text }),
  ofStep('step.skipped', { reason: text }),
  ofStep('step.reused', { since: time }),
  ofStep('step.staled', { because: z.enum(stepIds) }),
])
export type RunEvent = z.output<typeof runEventSchema>

type WithoutFrame<E> = E extends unknown ? Omit<E, 'seq' | 'at' | 'runId'> : never
/** An event before the log numbers it. */
export type EventBody = WithoutFrame<RunEvent>

type WithoutStep<E> = E extends unknown ? Omit<E, 'step'> : never
/** What a step appends; the engine adds the step's id. */
export type StepReport = WithoutStep<
  Extract<
    EventBody,
    {
      type: 'step.progressed' | 'step.command-ran' | 'step.waited' | 'step.resumed' | 'step.noted' | 'step.gate-decided'
    }
  >
>
