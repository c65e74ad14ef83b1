import * as z from 'zod'
import type { CommandCard, Progress, RunEvent } from '../workflow/events.ts'
import type { PlannedStep } from '../workflow/plan.ts'
import { type Profile, profileName } from '../workflow/profile.ts'
import { type RunOutcome, scenarioIds } from '../workflow/scenarios.ts'
import { stepIds } from '../workflow/steps.ts'
import { artifact, denial, gate } from './recording-artifacts.ts'
import { count, failure, flag, list, type Shape, text, time, word } from './recording-shapes.ts'

// An event or a field that is added to workflow/events.ts is added here as well: without it nothing compiles.

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>
type ProgressOf<K extends Progress['kind']> = Extract<Progress, { kind: K }>

const frame = {
  seq: z.int().min(1),
  at: time,
  runId: z.string().regex(/^[a-z0-9-]{1,80}$/, 'the id of a run'),
}
const stepFrame = { ...frame, step: z.enum(stepIds) }

const progress: z.ZodType<Progress> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('indeterminate'), label: text } satisfies Shape<ProgressOf<'indeterminate'>>),
  z.strictObject({
    kind: z.literal('fraction'),
    label: text,
    fraction: z.number().min(0).max(1),
  } satisfies Shape<ProgressOf<'fraction'>>),
  z.strictObject({
    kind: z.literal('count'),
    label: text,
    done: count,
    total: count,
  } satisfies Shape<ProgressOf<'count'>>),
])

const profile = z.strictObject({
  name: z.string().regex(profileName, 'the name of a profile'),
  title: text,
  kind: word<Profile['kind']>({ sandbox: true, services: true }),
  public: flag,
  spire: word<Profile['spire']>({ ours: true, server: true, agent: true }),
} satisfies Shape<Profile>)

const command = z.strictObject({ argv: list(text), byHand: flag } satisfies Shape<CommandCard>)

const events = {
  'run.planned': z.strictObject({
    type: z.literal('run.planned'),
    ...frame,
    scenario: z.enum(scenarioIds),
    profile,
    steps: list(z.strictObject({ id: z.enum(stepIds), skip: text.nullable() } satisfies Shape<PlannedStep>)),
  } satisfies Shape<EventOf<'run.planned'>>),
  'run.cancel-requested': z.strictObject({
    type: z.literal('run.cancel-requested'),
    ...frame,
    reason: text,
  } satisfies Shape<EventOf<'run.cancel-requested'>>),
  'run.paused': z.strictObject({
    type: z.literal('run.paused'),
    ...frame,
    before: z.enum(stepIds),
  } satisfies Shape<EventOf<'run.paused'>>),
  'run.finished': z.strictObject({
    type: z.literal('run.finished'),
    ...frame,
    outcome: word<RunOutcome>({ svid: true, denied: true, failed: true, cancelled: true }),
    ok: flag,
    denial: denial.nullable(),
    error: failure.nullable(),
  } satisfies Shape<EventOf<'run.finished'>>),
  'step.started': z.strictObject({
    type: z.literal('step.started'),
    ...stepFrame,
  } satisfies Shape<EventOf<'step.started'>>),
  'step.progressed': z.strictObject({
    type: z.literal('step.progressed'),
    ...stepFrame,
    progress,
  } satisfies Shape<EventOf<'step.progressed'>>),
  'step.command-ran': z.strictObject({
    type: z.literal('step.command-ran'),
    ...stepFrame,
    command,
  } satisfies Shape<EventOf<'step.command-ran'>>),
  'step.waited': z.strictObject({
    type: z.literal('step.waited'),
    ...stepFrame,
    what: text,
    until: time.nullable(),
    address: text.exactOptional(),
  } satisfies Shape<EventOf<'step.waited'>>),
  'step.resumed': z.strictObject({
    type: z.literal('step.resumed'),
    ...stepFrame,
  } satisfies Shape<EventOf<'step.resumed'>>),
  'step.noted': z.strictObject({
    type: z.literal('step.noted'),
    ...stepFrame,
    text,
  } satisfies Shape<EventOf<'step.noted'>>),
  'step.gate-decided': z.strictObject({
    type: z.literal('step.gate-decided'),
    ...stepFrame,
    gate,
  } satisfies Shape<EventOf<'step.gate-decided'>>),
  'step.produced': z.strictObject({
    type: z.literal('step.produced'),
    ...stepFrame,
    artifact,
  } satisfies Shape<EventOf<'step.produced'>>),
  'step.passed': z.strictObject({
    type: z.literal('step.passed'),
    ...stepFrame,
  } satisfies Shape<EventOf<'step.passed'>>),
  'step.refused': z.strictObject({
    type: z.literal('step.refused'),
    ...stepFrame,
    denial,
  } satisfies Shape<EventOf<'step.refused'>>),
  'step.failed': z.strictObject({
    type: z.literal('step.failed'),
    ...stepFrame,
    error: failure,
  } satisfies Shape<EventOf<'step.failed'>>),
  'step.cancelled': z.strictObject({
    type: z.literal('step.cancelled'),
    ...stepFrame,
    reason: text,
  } satisfies Shape<EventOf<'step.cancelled'>>),
  'step.skipped': z.strictObject({
    type: z.literal('step.skipped'),
    ...stepFrame,
    reason: text,
  } satisfies Shape<EventOf<'step.skipped'>>),
  'step.reused': z.strictObject({
    type: z.literal('step.reused'),
    ...stepFrame,
    since: time,
  } satisfies Shape<EventOf<'step.reused'>>),
  'step.staled': z.strictObject({
    type: z.literal('step.staled'),
    ...stepFrame,
    because: z.enum(stepIds),
  } satisfies Shape<EventOf<'step.staled'>>),
} satisfies { readonly [T in RunEvent['type']]: z.ZodType<EventOf<T>> }

/** The schema of each type of event, every field of it checked. */
export const eventSchemas: ReadonlyMap<string, z.ZodType<RunEvent>> = new Map(Object.entries(events))
