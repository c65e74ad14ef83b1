import type { AppError } from '../domain/app-error.ts'

/** The answer to a request as it travels: an error stays data. */
export type Envelope = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: AppError }

/** Moves plain values between a front end and the engine, without interpreting them. */
export interface Transport {
  readonly request: (name: string, input: unknown) => Promise<Envelope>
  /** Calls back with each batch of changes; returns how to end that. */
  readonly subscribe: (listener: (batch: unknown) => void) => () => void
}
