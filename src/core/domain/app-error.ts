import type * as z from 'zod'
import type { appErrorSchema } from './app-error-schema.ts'

/** An expected failure as plain data: it can be stored in the event log and displayed as it is. */
export type AppError = z.output<typeof appErrorSchema>
export type ErrorCode = AppError['code']
/** Redacted facts behind an error. */
export type Evidence = NonNullable<AppError['evidence']>
/** How a program ended when it did not succeed. The four are never confused. */
export type Ending = NonNullable<Evidence['ending']>

/** Builds an AppError; exists so that call sites read as a sentence and optional fields can be undefined. */
export function appError(
  code: ErrorCode,
  what: string,
  remedy: string,
  more: {
    expected?: string | undefined
    found?: string | undefined
    evidence?: Evidence | undefined
  } = {},
): AppError {
  return {
    code,
    what,
    remedy,
    ...(more.expected === undefined ? {} : { expected: more.expected }),
    ...(more.found === undefined ? {} : { found: more.found }),
    ...(more.evidence === undefined ? {} : { evidence: more.evidence }),
  }
}

/** What happened and what was found, in one line; the caller shows the remedy beside it. */
export const whatAndFound = ({ what, found }: AppError): string => `${what} Found ${found ?? 'nothing'}.`

/** An error in one line, for a log: what happened, expected, found, remedy. */
export const errorSentence = (error: AppError): string =>
  `${error.what} Expected ${error.expected ?? 'something else'}; found ${error.found ?? 'nothing'}. ${error.remedy}`
