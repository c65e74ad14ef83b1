import type { AppError } from '../../core/domain/app-error.ts'
import type { Result } from '../../core/domain/result.ts'

/** What ends a measurement: there is nothing to go on with. */
export class BenchError extends Error {
  constructor(error: AppError) {
    const facts = [error.expected, error.found].filter((text) => text !== undefined).join(' / ')
    super([error.what, facts, error.remedy, ...(error.evidence?.lastLines ?? [])].join('\n'))
    this.name = 'BenchError'
  }
}

/** The value, or the end of the measurement. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new BenchError(result.error)
  return result.value
}
