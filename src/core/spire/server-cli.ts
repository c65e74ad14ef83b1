import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { commandError, runCommand, succeeded } from '../process/command.ts'
import type { Redactor } from '../process/redactor.ts'

/** How to reach the server's own command line. */
export interface ServerCli {
  /** Absolute path of spire-server. */
  readonly program: string
  /** Its private socket: any user who can open it is its administrator. */
  readonly socket: string
  readonly redactor: Redactor
}

/** A command's output, and the command itself as a person would type it. */
export interface Answered<T> {
  readonly value: T
  readonly command: readonly string[]
}

/** Runs a command of spire-server and reads its JSON. `what` is the sentence that an error begins with. */
export async function askServer<T>(
  cli: ServerCli,
  args: readonly string[],
  schema: z.ZodType<T>,
  options: { readonly what: string; readonly signal?: AbortSignal | undefined },
): Promise<Result<Answered<T>>> {
  const answer = await runServer(cli, [...args, '-output', 'json'], options)
  if (!answer.ok) return answer
  const parsed = schema.safeParse(parseObject(answer.value.value))
  if (parsed.success) return ok({ value: parsed.data, command: answer.value.command })
  return err(
    appError('spire.unreadable', options.what, 'Use SPIRE 1.15.2 or newer; `npm run doctor` shows the version.', {
      expected: 'JSON as SPIRE 1.15 writes it',
      found: z.prettifyError(parsed.error),
    }),
  )
}

/** Runs a command of spire-server; returns its standard output as it was printed, for a parser. */
export async function runServer(
  cli: ServerCli,
  args: readonly string[],
  options: { readonly what: string; readonly signal?: AbortSignal | undefined },
): Promise<Result<Answered<string>>> {
  const outcome = await runCommand({
    program: cli.program,
    args: [...args, '-socketPath', cli.socket],
    timeoutMs: 15_000,
    redactor: cli.redactor,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  if (succeeded(outcome)) return ok({ value: outcome.unmasked().stdout, command: outcome.command })
  if (outcome.kind === 'cancelled') {
    return err(appError('run.cancelled', `Cancelled: ${options.what}`, 'Start it again when you are ready.'))
  }
  return err(commandError(outcome, 'spire.cli', options.what, 'Run the step that starts the SPIRE server again.'))
}

/** SPIRE before 1.15 wrote the object as the one element of an array. */
function parseObject(text: string): unknown {
  const value = parseJson(text)
  if (value === undefined) return text.slice(0, 200)
  return Array.isArray(value) && value.length === 1 ? value[0] : value
}

/** A SPIFFE ID as SPIRE's JSON writes it. */
export const spiffeIdSchema = z
  .object({ trust_domain: z.string(), path: z.string() })
  .transform(({ trust_domain, path }) => `spiffe://${trust_domain}${path}`)
