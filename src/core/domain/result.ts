import type { AppError } from './app-error.ts'

/** The result of a function that can fail in an expected way. Exceptions are for bugs only. */
export type Result<T, E = AppError> = Ok<T> | Err<E>
export interface Ok<T> {
  readonly ok: true
  readonly value: T
}
export interface Err<E = AppError> {
  readonly ok: false
  readonly error: E
}

/** Wraps a value as success. */
export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })

/** Wraps an error as failure. */
export const err = <E>(error: E): Err<E> => ({ ok: false, error })

/** The last branch of an exhaustive switch: reaching it is a bug. */
export function assertNever(value: never, what: string): never {
  throw new Error(`Unexpected ${what}: ${JSON.stringify(value)}`)
}
