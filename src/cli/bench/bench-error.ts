import { type AppError, appError } from '../../core/domain/app-error.ts'
import type { Result } from '../../core/domain/result.ts'

/** Ends a measurement that cannot continue. */
export class BenchError extends Error {
  readonly error: AppError

  constructor(error: AppError) {
    super(error.what)
    this.name = 'BenchError'
    this.error = error
  }
}

/** Something that was measured did not work. */
export const failed = (what: string, found: string): BenchError =>
  new BenchError(
    appError('run.bench-failed', what, 'Run `npm run doctor`, then the bench again.', {
      expected: 'a measurement',
      found,
    }),
  )

/** The value, or the end of the measurement. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new BenchError(result.error)
  return result.value
}
