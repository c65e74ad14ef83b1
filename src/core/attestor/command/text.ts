import type { AppError } from '../../domain/app-error.ts'
import { escaped } from '../../domain/visible-text.ts'

/** Text from outside, made safe for a terminal. */
export const plain = escaped

/** An error in lines: what happened, expected, found, remedy. */
export const errorText = (error: AppError): string =>
  [
    plain(error.what),
    ...(error.expected === undefined ? [] : [`  expected  ${plain(error.expected)}`]),
    ...(error.found === undefined ? [] : [`  found     ${plain(error.found)}`]),
    `  remedy    ${plain(error.remedy)}`,
    '',
  ].join('\n')
