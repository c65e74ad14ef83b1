import { type StepId, steps } from '../workflow/steps.ts'

/** The newest lines of one log, without a gap. */
export interface LogTail {
  /** Index of the first line here within the whole log; older ones are requested by range. */
  readonly from: number
  readonly lines: readonly string[]
}

/** How many lines of a log a front end keeps; as many as one getLog returns. */
export const keptLines = 2_000

/** How many characters of a line a front end gets and shows; tools can print megabytes without ending a line. */
const longestLine = 4_000

/**
 * A line as a front end gets it: for a very long one the beginning, and how much more (including `unread`) is in its
 * file.
 */
export function boundedLine(line: string, unread = 0): string {
  if (line.length + unread <= longestLine + 100) return line
  const more = line.length + unread - longestLine
  const words = more < 1_000_000 ? `${(more / 1000).toFixed(1)} kB` : `${(more / 1_000_000).toFixed(1)} MB`
  // Not in the middle of a character.
  return `${line.slice(0, longestLine).replace(/[\ud800-\udbff\ufffd]$/, '')} … ${words} more, in its file`
}

/** Which log a step's lines are in: the output of session steps belongs to the session, whichever run started them. */
export const logOwner = (runId: string, step: StepId): string => (steps[step].scope === 'session' ? 'session' : runId)

/** The key of a step's log among the tails. */
export const logKey = (runId: string, step: StepId): string => `${logOwner(runId, step)}/${step}`

/** A tail with more lines, before or after; overlapping lines are equal. Across a gap only the newer ones are kept. */
export function joinTail(tail: LogTail | undefined, more: LogTail): LogTail {
  if (tail === undefined) return newest(more)
  const [older, newer] = tail.from <= more.from ? [tail, more] : [more, tail]
  const overlap = older.from + older.lines.length - newer.from
  if (overlap < 0) return newest(newer)
  return newest({ from: older.from, lines: [...older.lines, ...newer.lines.slice(overlap)] })
}

function newest({ from, lines }: LogTail): LogTail {
  const dropped = Math.max(0, lines.length - keptLines)
  return { from: from + dropped, lines: dropped === 0 ? lines : lines.slice(dropped) }
}
