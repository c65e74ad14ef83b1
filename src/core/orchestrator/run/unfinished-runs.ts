import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Leftovers } from '../../contract/changes.ts'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readRegularText } from '../../files/read-regular.ts'
import type { RunEvent } from '../../workflow/events.ts'
import { type RunState, replay } from '../../workflow/reducer.ts'
import { scenarioIds } from '../../workflow/scenarios.ts'
import { parseEventLog } from '../logs/event-log.ts'

/** A run that is on disk. */
export interface StoredRun {
  readonly events: readonly RunEvent[]
  readonly state: RunState
}

/** Logs are below a megabyte; a larger file is not one of ours, and would be read into memory. */
const logRules = { maxBytes: 64 * 1024 * 1024, noFollow: true, protected: true }

export const eventsFile = (runs: string, runId: string): string => join(runs, runId, 'events.jsonl')

/** Reads a run's log completely. A log without a run, or of another run, is an error; the file stays unchanged. */
export async function readRun(runs: string, runId: string): Promise<Result<StoredRun>> {
  const path = eventsFile(runs, runId)
  const text = readRegularText(path, logRules)
  if (!text.ok) return err(unreadable(path, text.error.found))
  try {
    const events = parseEventLog(text.value)
    const state = replay(events)
    if (state === null) throw new Error('it is empty')
    const foreign = events.find((event) => event.runId !== runId)
    if (foreign !== undefined) throw new Error(`event ${foreign.seq} is of the run ${foreign.runId.slice(0, 80)}`)
    return ok({ events, state })
  } catch (error) {
    return err(unreadable(path, error))
  }
}

/**
 * The unfinished runs, newest first. One whose log begins as a run and cannot be followed further is included, so that
 * it is not lost unnoticed.
 */
export async function unfinishedRuns(runs: string): Promise<Leftovers['runs']> {
  const names = await readdir(runs).catch(() => [])
  const found: Leftovers['runs'] = []
  for (const runId of names.toSorted((a, b) => b.localeCompare(a, 'en'))) {
    const read = readRegularText(eventsFile(runs, runId), logRules)
    const text = read.ok ? read.value : ''
    if (text === '' || /"type":"run\.finished"[^\n]*\n?$/.test(text.slice(text.lastIndexOf('\n', text.length - 2) + 1)))
      continue
    const run = await readRun(runs, runId)
    if (run.ok && run.value.state.finishedAt === null) found.push(described(runId, run.value.state))
    else if (!run.ok) found.push(...beginning(runId, text))
  }
  return found
}

/** Removes runs completely. */
export async function removeRuns(runs: string, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) await rm(join(runs, runId), { recursive: true, force: true })
}

const described = (runId: string, { scenario, startedAt, steps }: RunState): Leftovers['runs'][number] => ({
  runId,
  scenario,
  startedAt,
  stoppedAt: steps.find(({ status }) => ['running', 'waiting', 'cancelling'].includes(status.state))?.id ?? null,
})

function beginning(runId: string, text: string): Leftovers['runs'] {
  try {
    const [first] = parseEventLog(text.slice(0, text.indexOf('\n') + 1))
    if (first?.type !== 'run.planned' || first.runId !== runId || !scenarioIds.includes(first.scenario)) return []
    return [{ runId, scenario: first.scenario, startedAt: first.at, stoppedAt: null }]
  } catch {
    return []
  }
}

const unreadable = (path: string, problem: unknown): AppError =>
  appError(
    'run.unreadable-log',
    'The event log of this run cannot be followed, so it cannot go on.',
    'Start the scenario again; clean up to remove this run.',
    {
      expected: `the events of one run in ${path}`,
      found: (problem instanceof Error ? problem.message : String(problem)).slice(0, 500),
    },
  )
