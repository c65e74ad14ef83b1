import { z } from 'zod'
import type { AppError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import type { Redactor } from '../process/redactor.ts'

const lineSchema = z.looseObject({
  msg: z.string(),
  level: z.string(),
  error: z.string().optional(),
  plugin_name: z.string().optional(),
})
export type SpireLogLine = z.infer<typeof lineSchema>

/** A line of a SPIRE service with `log_format = "json"`, or undefined for anything else. */
export function parseLogLine(text: string): SpireLogLine | undefined {
  return lineSchema.safeParse(parseJson(text)).data
}

/** The newest lines of a service as it printed them. A masked line may no longer be JSON. */
export interface PrintedLines {
  readonly take: (unmasked: string) => void
  readonly lines: () => readonly string[]
}

/** Keeps the last lines of a service in memory, until it has started. */
export function printedLines(keep = 20): PrintedLines {
  const last: string[] = []
  return {
    take: (unmasked) => {
      last.push(unmasked)
      if (last.length > keep) last.shift()
    },
    lines: () => last,
  }
}

/**
 * The error of a service that did not start, with its own message as the finding: the last error it logged, or if it
 * logged none (a configuration that it could not read) its last line. The lines are parsed as they were printed, and
 * what was found in them is masked.
 */
export function explainExit(
  error: AppError,
  what: string,
  { printed, redactor }: { readonly printed: PrintedLines; readonly redactor: Redactor },
): AppError {
  if (error.code === 'run.cancelled') return error
  const lines = printed.lines()
  const errors = lines.map(parseLogLine).filter((line) => line?.level === 'error' || line?.level === 'fatal')
  const last = errors.at(-1)
  const plain = lines.filter((line) => line.trim() !== '' && parseLogLine(line) === undefined).at(-1)
  const said = last === undefined ? plain : [last.msg, last.error].filter((part) => part !== undefined).join(': ')
  return {
    ...error,
    code: `spire.${error.code.slice(error.code.indexOf('.') + 1)}`,
    what,
    ...(said === undefined ? {} : { found: redactor.clean(said) }),
  }
}
