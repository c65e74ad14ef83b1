import type { AppError } from '../core/domain/app-error.ts'
import { exitCodes } from './interruption.ts'
import { appErrorLines } from './story/error-lines.ts'
import { paintFor } from './story/paint.ts'
import { readableWidth, Thread } from './story/thread.ts'

/** Says why nothing is done, on stdout too if JSON was requested. Returns the exit code. */
export function refuse(error: AppError, json: boolean): number {
  const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
  process.stderr.write(`${appErrorLines(error, thread).join('\n')}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ version: 1, ok: false, error }, null, 2)}\n`)
  return exitCodes.notAsExpected
}
