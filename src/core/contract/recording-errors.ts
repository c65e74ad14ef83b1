import type { z } from 'zod'
import { type AppError, appError } from '../domain/app-error.ts'

/** Expected and found. */
export interface Difference {
  readonly expected: string
  readonly found: string
}

const another = 'Open another file, or record the run again.'

/** A text that is larger than a recording may be; `size` in characters or bytes. */
export const tooLarge = (size: number): AppError =>
  appError('recording.too-large', 'This file is too large for a recording.', another, {
    expected: 'at most 32 MiB',
    found: `${(size / 1024 / 1024).toFixed(1)} MiB`,
  })

export const notOne = (line: string): AppError =>
  appError('recording.none', 'This file is not a recording.', 'Open a file that was saved with “Save recording”.', {
    expected: 'line 1: {"format":"sigstore-attestor-recording",…',
    found: line === '' ? 'line 1: nothing' : `line 1: ${shown(line)}`,
  })

export const unreadable = (found: string): AppError =>
  appError('recording.unreadable', 'This file cannot be read.', 'Open a file that was saved with “Save recording”.', {
    expected: 'a text in UTF-8',
    found,
  })

export const otherVersion = (expected: number, found: unknown): AppError =>
  appError(
    'recording.version',
    'This recording has a format that this program does not know.',
    'Open it with the program that made it, or record the run again.',
    { expected: `version ${expected}`, found: `version ${shown(JSON.stringify(found) ?? 'that is missing')}` },
  )

/** Another plan of the same scenario: steps were added, removed or moved since. */
export const otherPlan = (program: string, { expected, found }: Difference): AppError =>
  appError(
    'recording.other-plan',
    'This recording was made by another version of this program.',
    `Open it with version ${shown(program)}, or record the run again.`,
    { expected: `the steps ${shown(expected)}`, found: `version ${shown(program)}, the steps ${shown(found)}` },
  )

export const empty: AppError = appError('recording.empty', 'This recording contains no run.', another, {
  expected: 'run.planned in line 2',
  found: 'no line after the first',
})

export const notJson = (line: number, content: string): AppError =>
  appError('recording.damaged', `Line ${line} of this recording is damaged.`, another, {
    expected: `line ${line}: one JSON object of at most 1 MiB`,
    found: content === '' ? 'an empty line' : `${content.length} characters: ${shown(content)}`,
  })

export const unknownType = (line: number, type: unknown): AppError =>
  appError(
    'recording.unknown-event',
    `Line ${line} of this recording has a type that this program does not know.`,
    'Open it with the program that made it, or record the run again.',
    {
      expected: `line ${line}: an event or log lines`,
      found: type === undefined ? 'no type' : `type ${shown(JSON.stringify(type) ?? '')}`,
    },
  )

/** A line of a known type with a field that is missing, unknown or invalid. */
export function wrongLine(line: number, problem: z.ZodError, value: unknown): AppError {
  const issue = problem.issues[0]
  const path = (issue?.path ?? []).map(String)
  return appError(
    'recording.wrong-field',
    `Line ${line} of this recording is not as this program writes it.`,
    'Record the run again with this program, or open it with the program that made it.',
    {
      expected: `line ${line}, ${path.join('.') || 'as a whole'}: ${issue?.message ?? ''}`,
      found: shown(JSON.stringify(at(value, path)) ?? 'nothing'),
    },
  )
}

export const notFollowing = (line: number, { expected, found }: Difference): AppError =>
  appError('recording.cannot-follow', `Line ${line} of this recording cannot follow on the lines before it.`, another, {
    expected: `line ${line}: ${shown(expected)}`,
    found: shown(found),
  })

export const tooMany = (line: number, what: string, most: number): AppError =>
  appError('recording.too-large', `This recording holds too many ${what}.`, another, {
    expected: `at most ${most} ${what}`,
    found: `more, from line ${line} on`,
  })

export const cutOff = (line: number, events: number): AppError =>
  appError(
    'recording.cut-off',
    `This recording is cut off in line ${line}.`,
    'Copy the whole file again. What was recorded before is shown as it was.',
    { expected: 'whole lines to the end', found: `${events} events, then a part of one` },
  )

export const unfinished = (events: number): AppError =>
  appError(
    'recording.unfinished',
    'This recording ends before its run did.',
    'Save it again when the run has ended. What was recorded before is shown as it was.',
    { expected: 'run.finished at the end', found: `${events} events without it` },
  )

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inside, key) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
        ? Object.getOwnPropertyDescriptor(inside, key)?.value
        : undefined,
    value,
  )

const shown = (found: string): string => (found.length <= 500 ? found : `${found.slice(0, 500)}…`)
