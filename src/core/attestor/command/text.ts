import type { AppError } from '../../domain/app-error.ts'

/** Text from outside, fit for a terminal: control characters and those that turn the direction around are written out. */
export const plain = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )

/** An error in lines: what happened, expected, found, remedy. */
export const errorText = (error: AppError): string =>
  [
    plain(error.what),
    ...(error.expected === undefined ? [] : [`  expected  ${plain(error.expected)}`]),
    ...(error.found === undefined ? [] : [`  found     ${plain(error.found)}`]),
    `  remedy    ${plain(error.remedy)}`,
    '',
  ].join('\n')
