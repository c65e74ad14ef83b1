import * as z from 'zod'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type Changes, changesSchema, type InputOf, type OutputOf, schemas } from './contract.ts'
import type { RequestName } from './names.ts'
import type { Transport } from './transport.ts'

/** The engine as a front end sees it: typed, and checked on this side too. */
export interface Client {
  /** Sends a request. Never rejects: `run.unreachable` and `run.unexpected-answer` are results as well. */
  readonly request: <N extends RequestName>(name: N, input: InputOf<N>) => Promise<Result<OutputOf<N>>>
  /** Calls back with each batch of changes, or with an error for a malformed one; returns how to end that. */
  readonly subscribe: (listener: (batch: Result<Changes>) => void) => () => void
}

const envelopeSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.custom<AppError>((value) => z.object({ code: z.string(), what: z.string() }).safeParse(value).success),
  }),
])

/** A client over any transport. */
export function createClient(transport: Transport): Client {
  return {
    request: async (name, input) => {
      let answer: unknown
      try {
        answer = await transport.request(name, input)
      } catch (thrown) {
        return err(unreachable(thrown))
      }
      const envelope = envelopeSchema.safeParse(answer)
      if (!envelope.success) return err(unexpected(name, envelope.error))
      if (!envelope.data.ok) return err(envelope.data.error)
      return parsed(name, envelope.data.value)
    },
    subscribe: (listener) =>
      transport.subscribe((batch) => {
        const changes = changesSchema.safeParse(batch)
        listener(changes.success ? ok(changes.data) : err(unexpected('changes', changes.error)))
      }),
  }
}

function parsed<N extends RequestName>(name: N, value: unknown): Result<OutputOf<N>> {
  const output = schemas[name].output.safeParse(value)
  return output.success ? ok(output.data) : err(unexpected(name, output.error))
}

const unreachable = (thrown: unknown): AppError =>
  appError('run.unreachable', 'The engine cannot be reached.', 'Close the program and start it again.', {
    expected: 'an answer',
    found: thrown instanceof Error ? thrown.message : String(thrown),
  })

const unexpected = (name: string, problem: z.ZodError): AppError =>
  appError(
    'run.unexpected-answer',
    'The engine answered something else than was agreed.',
    'Report it: it is a bug of this program.',
    { expected: `what the contract says about ${name}`, found: z.prettifyError(problem).slice(0, 500) },
  )
