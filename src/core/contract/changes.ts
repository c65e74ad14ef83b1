import * as z from 'zod'
import type { AppError } from '../domain/app-error.ts'
import { isObject } from '../domain/json.ts'
import type { RunEvent } from '../workflow/events.ts'
import { type Profile, profileName } from '../workflow/profile.ts'
import { scenarioIds } from '../workflow/scenarios.ts'
import { stepIds } from '../workflow/steps.ts'

const text = z.string().max(20_000)

/** An expected failure, as plain data (domain/app-error.ts). */
export const errorSchema = z.custom<AppError>(
  (value) => isObject(value) && typeof value['code'] === 'string' && typeof value['what'] === 'string',
)

/** An event of a run as the engine wrote it. Its payload is the engine's own; the frame is checked. */
const eventSchema = z.custom<RunEvent>(
  (value) => isObject(value) && typeof value['seq'] === 'number' && typeof value['type'] === 'string',
)

/** One line of the setup: a program, its source, its progress. */
export const setupRowSchema = z.strictObject({
  program: text,
  state: z.enum(['looking', 'working', 'ready', 'failed']),
  /** Source and progress in words. */
  detail: text,
  /** ISO 8601. */
  since: text,
})
export type SetupRow = z.output<typeof setupRowSchema>

/** A service of the session, once it was first ready: server, agent, the sandbox's six, an engine of ours. */
export const serviceRowSchema = z.strictObject({
  id: text,
  /** The session step that starts it. */
  step: z.enum(stepIds),
  /** `ended`: it ended by itself. `stopped`: we stopped it. */
  state: z.enum(['ready', 'not-answering', 'ended', 'stopped']),
  /** ISO 8601. */
  since: text,
  /** The result of its health probe, or how it ended. */
  detail: text,
})
export type ServiceRow = z.output<typeof serviceRowSchema>

/** Whether runs can be started. */
export const machineSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('preparing') }),
  z.strictObject({ state: z.literal('ready') }),
  z.strictObject({ state: z.literal('failed'), error: errorSchema }),
  z.strictObject({ state: z.literal('stopping') }),
])
export type Machine = z.output<typeof machineSchema>

/** What an earlier session that ended without closing has left: unfinished runs. */
export const leftoversSchema = z.strictObject({
  runs: z.array(
    z.strictObject({
      runId: text,
      scenario: z.enum(scenarioIds),
      /** ISO 8601. */
      startedAt: text,
      /** The step in progress, or null between two. */
      stoppedAt: z.enum(stepIds).nullable(),
    }),
  ),
})
export type Leftovers = z.output<typeof leftoversSchema>

/** The environment of the stories. */
export const profileSchema = z.strictObject({
  name: z.string().regex(profileName),
  title: text,
  kind: z.enum(['sandbox', 'services']),
  public: z.boolean(),
  spire: z.enum(['ours', 'server', 'agent']),
}) satisfies z.ZodType<Profile>

/** Something that changed. The front end applies changes in the order of their numbers. */
export const changeSchema = z.discriminatedUnion('kind', [
  /** `preparing` also resets the list of the setup. */
  z.strictObject({ kind: z.literal('machine'), machine: machineSchema }),
  z.strictObject({ kind: z.literal('setup'), row: setupRowSchema }),
  z.strictObject({ kind: z.literal('service'), row: serviceRowSchema }),
  z.strictObject({ kind: z.literal('event'), event: eventSchema }),
  /**
   * Lines that a step's tools printed, a batch at a time; never a line that holds a secret. `from` is the index of the
   * first one in the step's log. The output of session steps belongs to no run: its runId is `session`.
   */
  z.strictObject({
    kind: z.literal('log'),
    runId: text,
    step: z.enum(stepIds),
    from: z.number().int().min(0),
    lines: z.array(text).min(1).max(500),
  }),
  /** Stories run in another environment from now on. */
  z.strictObject({ kind: z.literal('profile'), profile: profileSchema }),
  /** Null once they are gone. */
  z.strictObject({ kind: z.literal('leftovers'), leftovers: leftoversSchema.nullable() }),
  /** The session has ended; its runs and their logs are dropped. */
  z.strictObject({ kind: z.literal('reset') }),
])
export type Change = z.output<typeof changeSchema>

/** Facts about this program. */
export const aboutSchema = z.strictObject({
  version: text,
  /** The window's runtime, or null in tests without one. */
  runTime: z
    .strictObject({ name: text, version: text, forDevelopment: z.boolean(), sandboxed: z.boolean() })
    .nullable(),
  /** Where this machine keeps runs and keys, and programs; absent if nothing is stored. */
  places: z.strictObject({ state: text, cache: text }).optional(),
  /** The machine's name, which a front end can mask. */
  machine: text.optional(),
})
export type About = z.output<typeof aboutSchema>

/** Everything that a front end needs to draw itself, up to and including change number `number`. */
export const snapshotSchema = z.strictObject({
  number: z.number().int().min(0),
  about: aboutSchema,
  profile: profileSchema,
  machine: machineSchema,
  setup: z.array(setupRowSchema),
  services: z.array(serviceRowSchema),
  /** All events of each run of this session, oldest run first. */
  runs: z.array(z.array(eventSchema)),
  /** What a crash has left, while the user has not decided about it. */
  leftovers: leftoversSchema.nullable(),
})
export type Snapshot = z.output<typeof snapshotSchema>
