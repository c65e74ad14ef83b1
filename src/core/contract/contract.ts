import * as z from 'zod'
import { verdicts } from '../domain/verdict.ts'
import { profileName } from '../workflow/profile.ts'
import { personaIds, scenarioIds } from '../workflow/scenarios.ts'
import { stepIds } from '../workflow/steps.ts'
import { talkName } from '../workflow/talk/schema.ts'
import { changeSchema, errorSchema, profileSchema, snapshotSchema } from './changes.ts'
import type { RequestName } from './names.ts'
import { talkRequests } from './talks.ts'

const nothing = z.strictObject({})
const step = z.enum(stepIds)
/** `all`: every following step, one after the other; `step`: one, and a pause before the next. */
const pace = z.enum(['all', 'step'])
export type Pace = z.output<typeof pace>
const runId = z.string().regex(/^[a-z0-9-]{1,80}$/)

/** Which recording. */
const recordingOf = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('shipped'), scenario: z.enum(scenarioIds) }),
  z.strictObject({ kind: z.literal('run'), runId }),
  /** Kept when a talk was rehearsed on this machine. */
  z.strictObject({ kind: z.literal('rehearsal'), talk: z.string().regex(talkName), scenario: z.enum(scenarioIds) }),
])
export type RecordingOf = z.output<typeof recordingOf>

const profile = z.string().regex(profileName)
/** A variable that a profile leaves to the environment. */
const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/)

/** A profile in a list, with what keeps it from being used. */
const listedProfile = z.strictObject({
  name: profile,
  /** Null if the file is not a profile. */
  profile: profileSchema.nullable(),
  /** Whether it is shipped; else it is the user's own. */
  ships: z.boolean(),
  /** Variables that the file leaves to the environment, and what they are set to. */
  asks: z.array(z.strictObject({ name: variable, value: z.string().nullable() })),
  problem: errorSchema.nullable(),
})
export type ListedProfile = z.output<typeof listedProfile>

/** The result of checking one service of a profile. */
const profileCheck = z.strictObject({
  id: z.string(),
  verdict: z.enum(verdicts),
  expected: z.string(),
  found: z.string(),
  remedy: z.string().optional(),
})

/** What can be saved. */
const saved = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('log'), runId, step }),
  z.strictObject({ kind: z.literal('recording'), runId }),
])
export type Saved = z.output<typeof saved>

/**
 * Everything that a front end can request from the engine: the one list from which client and server are derived. A
 * renderer can only pick commands and typed options; it can name no program and no argument, and no path or address but
 * those of a profile, which a person is shown before it is saved.
 */
const requests = {
  /** The whole state, with the number of the last change in it. */
  getSnapshot: { input: nothing, output: snapshotSchema },
  /** Lines of a step's log, by range; long logs are read piece by piece. */
  getLog: {
    input: z.strictObject({
      runId,
      step,
      from: z.number().int().min(0),
      count: z.number().int().min(1).max(2_000),
    }),
    output: z.strictObject({ lines: z.array(z.string()), total: z.number().int().min(0) }),
  },
  /**
   * Which lines of a step's log, by number from 0, contain a text as they are shown (domain/visible-text.ts), ignoring
   * case. Searches from line `from` on, as far as the engine can in one go; `searched` is the first line that was not
   * searched, so the caller continues from there.
   */
  findInLog: {
    input: z.strictObject({ runId, step, text: z.string().min(1).max(200), from: z.number().int().min(0) }),
    output: z.strictObject({
      lines: z.array(z.number().int().min(0)).max(20_000),
      searched: z.number().int().min(0),
    }),
  },
  /** Starts a scenario. Refused while the machine is not ready. At the pace `step` it pauses before each step. */
  startRun: {
    input: z.strictObject({ scenario: z.enum(scenarioIds), pace: pace.optional() }),
    output: z.strictObject({ runId }),
  },
  /** Continues from the pause before this step: a repeated press must not pass the next pause too. */
  continueRun: { input: z.strictObject({ runId, before: step, pace }), output: nothing },
  /**
   * Does a step again in a run that has ended or is paused: `step` this one only, and what follows from it becomes
   * stale; `all` also every later one of the plan.
   */
  redoStep: { input: z.strictObject({ runId, step, pace }), output: nothing },
  /** Asks a run to stop; a paused one stops at once. */
  cancelRun: { input: z.strictObject({ runId }), output: nothing },
  /** Retries the setup after it failed. */
  prepareAgain: { input: nothing, output: nothing },
  /** Logs in as a persona without a browser; for tests and demonstrations, in the sandbox only. */
  answerLogin: {
    input: z.strictObject({ runId, persona: z.enum(personaIds), decision: z.enum(['allow', 'deny']) }),
    output: nothing,
  },
  /** A person's answer to a waiting step: to what becomes public, or that an operator has done something. */
  answerStep: { input: z.strictObject({ runId, step, answer: z.enum(['yes', 'no']) }), output: nothing },
  /** The existing profiles, shipped ones first, and the folder of the user's own. */
  listProfiles: { input: nothing, output: z.strictObject({ profiles: z.array(listedProfile), folder: z.string() }) },
  /** The text of a profile's file. */
  readProfile: { input: z.strictObject({ name: profile }), output: z.strictObject({ text: z.string() }) },
  /**
   * Writes a profile of the user's own, atomically. Anything but a profile is refused, and so is the name of a shipped
   * one, and of an existing one unless `replace`.
   */
  saveProfile: {
    input: z.strictObject({ name: profile, text: z.string().max(64 * 1024), replace: z.boolean() }),
    output: nothing,
  },
  /** Sets what a profile leaves to the environment, in the file of values beside it. */
  fillProfile: {
    input: z.strictObject({ name: profile, values: z.record(variable, z.string().max(500)) }),
    output: nothing,
  },
  /** Checks the services of a profile. Nothing is signed, written or logged in to. */
  checkProfile: {
    input: z.strictObject({ name: profile }),
    output: z.strictObject({ checks: z.array(profileCheck) }),
  },
  /** Selects another environment. Running stories are cancelled and stopped first, as by `reset`. */
  useProfile: { input: z.strictObject({ name: profile }), output: nothing },
  /**
   * Cancels running stories, stops what this session has started, and drops its runs. Answers at once; the machine
   * state shows the progress.
   */
  reset: { input: nothing, output: nothing },
  /** Resumes a run that a crash has interrupted, in a new session. */
  resumeRun: { input: z.strictObject({ runId }), output: nothing },
  /** Ends and removes what a crash has left. */
  cleanUp: { input: nothing, output: nothing },
  /** The text of a recording: a shipped one, or that of a run of this session. */
  getRecording: { input: z.strictObject({ of: recordingOf }), output: z.strictObject({ text: z.string() }) },
  /** Saves to a file that the person chooses. `path` is null when the person cancels. */
  save: { input: z.strictObject({ what: saved }), output: z.strictObject({ path: z.string().nullable() }) },
  /**
   * Connections to other machines, as sampled since the first run of this session; null before it. A connection that
   * lasts less than `everyMs` can be missed.
   */
  getConnections: {
    input: nothing,
    output: z.strictObject({
      measured: z
        .strictObject({
          samples: z.int().min(0),
          everyMs: z.int().min(1),
          processes: z.int().min(0),
          /** Processes whose sockets this user may not read. */
          unread: z.int().min(0),
          inside: z.int().min(0),
          outside: z
            .array(z.strictObject({ program: z.string(), address: z.string(), port: z.int(), seenAt: z.string() }))
            .readonly(),
        })
        .nullable(),
    }),
  },
  ...talkRequests,
} as const satisfies Readonly<Record<RequestName, { readonly input: z.ZodType; readonly output: z.ZodType }>>

type Requests = typeof requests
export type InputOf<N extends RequestName> = z.input<Requests[N]['input']>
export type OutputOf<N extends RequestName> = z.output<Requests[N]['output']>
/** An input that has been checked. */
export type CheckedInput<N extends RequestName> = z.output<Requests[N]['input']>

/** The list, for code that is generic in the name. */
export const schemas: {
  readonly [N in RequestName]: {
    readonly input: z.ZodType<CheckedInput<N>>
    readonly output: z.ZodType<OutputOf<N>>
  }
} = requests

/** The one stream: numbered changes, several at a time. After a gap in the numbers, request a snapshot again. */
export const changesSchema = z.strictObject({ first: z.number().int().min(1), changes: z.array(changeSchema).min(1) })
export type Changes = z.output<typeof changesSchema>
