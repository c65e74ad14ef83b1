import type { AppError } from '../../domain/app-error.ts'

/** An error in one line, for the agent's log: what happened, expected, found, remedy. */
export const errorSentence = (error: AppError): string =>
  `${error.what} Expected ${error.expected ?? 'something else'}; found ${error.found ?? 'nothing'}. ${error.remedy}`
