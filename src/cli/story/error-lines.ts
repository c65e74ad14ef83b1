import type { AppError } from '../../core/domain/app-error.ts'
import { commandLines } from './shell.ts'
import type { Thread } from './thread.ts'

/** An error in its three parts: what happened, expected and found, what to do; then the evidence. */
export function appErrorLines(error: AppError, thread: Thread): string[] {
  const { evidence } = error
  return [
    ...thread.say(error.what, 'cut'),
    ...(error.expected === undefined ? [] : thread.field('expected', error.expected)),
    ...(error.found === undefined ? [] : thread.field('found', error.found)),
    ...thread.field('fix', error.remedy),
    ...(evidence?.command === undefined
      ? []
      : commandLines(evidence.command, 72).map((line) => thread.raw(line, 'quiet'))),
    ...(evidence?.lastLines ?? []).map((line) => thread.raw(line.slice(0, 400), 'quiet')),
    ...(evidence?.logFile === undefined ? [] : thread.field('log', evidence.logFile)),
    ...thread.field('code', error.code),
  ]
}
