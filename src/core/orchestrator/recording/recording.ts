import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RecordedLines, writeRecording } from '../../contract/recording.ts'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { ScenarioId } from '../../workflow/scenarios.ts'
import { parseEventLog } from '../logs/event-log.ts'
import type { HostLogs } from '../logs/logs.ts'
import type { Run } from '../run/run.ts'
import type { PrintedLines } from './recorder.ts'

export interface RecordingOptions {
  readonly run: Run
  readonly printed: readonly PrintedLines[]
  readonly logs: HostLogs | undefined
  /** Version of this program. */
  readonly program: string
  /** Makes text fit to leave this machine. */
  readonly neutral: (text: string) => string
}

/** What fits into one line of a recording. */
const most = { lines: 500, characters: 200_000 }

/** The text of a run's recording: every event so far, and every line that was printed meanwhile. */
export function recordingText({ run, printed, logs, program, neutral }: RecordingOptions): string {
  const { events, state } = run.log
  const clean = (_key: string, value: unknown): unknown => (typeof value === 'string' ? neutral(value) : value)
  return writeRecording({
    program,
    recordedAt: state.startedAt,
    scenario: state.scenario,
    events: parseEventLog(events.map((event) => JSON.stringify(event, clean)).join('\n')),
    logs: printed.flatMap(({ after, step, from, count }) =>
      pieces((logs?.read(run.runId, step, from, count).lines ?? []).map(neutral)).map(
        (lines): RecordedLines => ({ after, step, lines }),
      ),
    ),
  })
}

/** A shipped recording. */
export async function shippedRecording(assets: string, scenario: ScenarioId): Promise<Result<{ text: string }>> {
  const path = join(assets, 'recordings', `${scenario}.jsonl`)
  try {
    return ok({ text: await readFile(path, 'utf8') })
  } catch (error) {
    return err(
      appError(
        'recording.not-shipped',
        'This program came without its recording of this scenario.',
        'Install it again.',
        {
          expected: path,
          found: error instanceof Error ? error.message : String(error),
        },
      ),
    )
  }
}

function pieces(lines: readonly string[]): string[][] {
  const all: string[][] = []
  let room = 0
  for (const line of lines) {
    const last = all.at(-1)
    if (last === undefined || last.length >= most.lines || room < line.length) {
      all.push([line])
      room = most.characters - line.length
    } else {
      last.push(line)
      room -= line.length
    }
  }
  return all
}
