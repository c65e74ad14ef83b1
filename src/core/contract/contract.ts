import { z } from 'zod'
import { personaIds, scenarioIds } from '../workflow/scenarios.ts'
import { stepIds } from '../workflow/steps.ts'
import { changeSchema, snapshotSchema } from './changes.ts'
import type { RequestName } from './names.ts'

const nothing = z.strictObject({})
const runId = z.string().regex(/^[a-z0-9-]{1,80}$/)

/**
 * Everything that a front end can ask of the engine: the one list from which client and server are derived. A renderer
 * can only pick commands and typed options; it can name no program, path, argument or address.
 */
const requests = {
  /** The whole state, with the number of the last change in it. */
  getSnapshot: { input: nothing, output: snapshotSchema },
  /** Lines of a step's log, by range; long logs are read piece by piece. */
  getLog: {
    input: z.strictObject({
      runId,
      step: z.enum(stepIds),
      from: z.number().int().min(0),
      count: z.number().int().min(1).max(2_000),
    }),
    output: z.strictObject({ lines: z.array(z.string()), total: z.number().int().min(0) }),
  },
  /** Starts a scenario. Refused while the machine is not ready. */
  startRun: {
    input: z.strictObject({ scenario: z.enum(scenarioIds) }),
    output: z.strictObject({ runId }),
  },
  /** Asks a run to stop. */
  cancelRun: { input: z.strictObject({ runId }), output: nothing },
  /** Tries the set-up again after it failed. */
  prepareAgain: { input: nothing, output: nothing },
  /** Logs in as a persona without a browser; for tests and demonstrations, in the sandbox only. */
  answerLogin: {
    input: z.strictObject({ runId, persona: z.enum(personaIds), decision: z.enum(['allow', 'deny']) }),
    output: nothing,
  },
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

/** The one stream: numbered changes, several at a time. A gap in the numbers means: ask for a snapshot again. */
export const changesSchema = z.strictObject({ first: z.number().int().min(1), changes: z.array(changeSchema).min(1) })
export type Changes = z.output<typeof changesSchema>
