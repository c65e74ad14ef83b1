import { logOwner } from '../../contract/log-tails.ts'
import type { RunEvent } from '../../workflow/events.ts'
import type { StepId } from '../../workflow/steps.ts'
import type { PublishedLines } from '../logs/logs.ts'
import type { Run } from '../run/run.ts'

/** Where lines are that were printed while a run was in progress, and after which of its events. */
export interface PrintedLines {
  after: number
  readonly step: StepId
  readonly from: number
  count: number
}

/** Records when lines were printed; the lines themselves stay in the log files. */
export interface Recorder {
  /** The run is known from now on; lines before `begin` are what an earlier session printed for it. */
  readonly addRun: (run: Run) => void
  readonly begin: (run: Run) => void
  /** This event was reported: what is printed next comes after it. */
  readonly reported: (event: RunEvent) => void
  readonly printed: (lines: PublishedLines) => void
  /** What was printed in a run, in the order of its events. */
  readonly linesOf: (runId: string) => readonly PrintedLines[]
  readonly forget: () => void
}

interface Known {
  readonly run: Run
  readonly printed: PrintedLines[]
  /** Number of the last reported event, or null before the run begins. */
  lastEvent: number | null
  underWay: boolean
}

/** The output of session steps belongs to every run in progress; that of a run's own steps to that run. */
export function recorder(): Recorder {
  const known = new Map<string, Known>()
  const note = (each: Known, { step, from, lines }: PublishedLines): void => {
    const after = each.lastEvent ?? lastOf(each.run.log.events, step)
    const last = each.printed.at(-1)
    if (last?.after === after && last.step === step && last.from + last.count === from) last.count += lines.length
    else each.printed.push({ after, step, from, count: lines.length })
  }
  return {
    addRun: (run) => void known.set(run.runId, { run, printed: [], lastEvent: null, underWay: false }),
    begin: (run) => {
      const each = known.get(run.runId)
      if (each === undefined) return
      each.lastEvent = run.log.events.length
      each.underWay = true
    },
    reported: ({ runId, seq, type }) => {
      const each = known.get(runId)
      if (each === undefined) return
      each.lastEvent = seq
      each.underWay = type !== 'run.finished'
    },
    printed: (lines) => {
      for (const [runId, each] of known) {
        const shared = logOwner(runId, lines.step) !== runId
        if (shared ? each.underWay : runId === lines.runId) note(each, lines)
      }
    },
    linesOf: (runId) => [...(known.get(runId)?.printed ?? [])].sort((a, b) => a.after - b.after),
    forget: () => known.clear(),
  }
}

/** The number of the last event of a step. */
const lastOf = (events: readonly RunEvent[], step: StepId): number =>
  events.findLast((event) => 'step' in event && event.step === step)?.seq ?? events.length
