import { logOwner } from '../../contract/log-tails.ts'
import type { RunEvent } from '../../workflow/events.ts'
import type { StepId } from '../../workflow/steps.ts'
import type { PublishedLines } from '../logs/logs.ts'
import type { Run } from '../run/run.ts'

/** Where lines are that were printed while a run was under way, and after which of its events. */
export interface PrintedLines {
  after: number
  readonly step: StepId
  readonly from: number
  count: number
}

/** Remembers when lines were printed; the lines themselves stay in the log files. */
export interface Recorder {
  /** From now on this run is known; lines that come before `begin` are what an earlier session has printed for it. */
  readonly addRun: (run: Run) => void
  readonly begin: (run: Run) => void
  /** This event has been told: what is printed next comes after it. */
  readonly told: (event: RunEvent) => void
  readonly printed: (lines: PublishedLines) => void
  /** What was printed in a run, in the order of its events. */
  readonly linesOf: (runId: string) => readonly PrintedLines[]
  readonly forget: () => void
}

interface Known {
  readonly run: Run
  readonly printed: PrintedLines[]
  /** Number of the last event that was told, or null before the run begins. */
  told: number | null
  underWay: boolean
}

/** What session steps print belongs to every run that is under way then; what a run's own steps print, to that run. */
export function recorder(): Recorder {
  const known = new Map<string, Known>()
  const note = (each: Known, { step, from, lines }: PublishedLines): void => {
    const after = each.told ?? lastOf(each.run.log.events, step)
    const last = each.printed.at(-1)
    if (last?.after === after && last.step === step && last.from + last.count === from) last.count += lines.length
    else each.printed.push({ after, step, from, count: lines.length })
  }
  return {
    addRun: (run) => void known.set(run.runId, { run, printed: [], told: null, underWay: false }),
    begin: (run) => {
      const each = known.get(run.runId)
      if (each === undefined) return
      each.told = run.log.events.length
      each.underWay = true
    },
    told: ({ runId, seq, type }) => {
      const each = known.get(runId)
      if (each === undefined) return
      each.told = seq
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
