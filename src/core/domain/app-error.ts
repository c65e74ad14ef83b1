/** The part of the program that names an error; the first half of every code. */
export type ErrorArea =
  | 'config'
  | 'machine'
  | 'tools'
  | 'engine'
  | 'sandbox'
  | 'registry'
  | 'cosign'
  | 'login'
  | 'sigstore'
  | 'spire'
  | 'workload'
  | 'attestor'
  | 'run'
  | 'recording'

export type ErrorCode = `${ErrorArea}.${string}`

/** How a program ended when it did not end well. The four are never mixed up. */
export type Ending = 'non-zero exit' | 'crash' | 'timed out' | 'cancelled' | 'not started'

/** Redacted facts behind an error. */
export interface Evidence {
  readonly command?: readonly string[]
  readonly ending?: Ending
  readonly exitCode?: number
  readonly signal?: string
  readonly lastLines?: readonly string[]
  readonly logFile?: string
}

/** An expected failure as plain data: it can be stored in the event log and shown as it is. */
export interface AppError {
  readonly code: ErrorCode
  /** What happened, one sentence. */
  readonly what: string
  readonly expected?: string
  readonly found?: string
  /** What the reader can do about it, one sentence, with the command where there is one. */
  readonly remedy: string
  readonly evidence?: Evidence
}

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

/** What happened and what was found, in one line; the remedy is for the caller to show beside it. */
export const whatAndFound = ({ what, found }: AppError): string => `${what} Found ${found ?? 'nothing'}.`

/** An error in one line, for a log: what happened, expected, found, remedy. */
export const errorSentence = (error: AppError): string =>
  `${error.what} Expected ${error.expected ?? 'something else'}; found ${error.found ?? 'nothing'}. ${error.remedy}`
