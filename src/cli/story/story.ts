import { resolve } from 'node:path'
import type { Result } from '../../core/domain/result.ts'
import type { Session } from '../../core/engine/session.ts'
import type { RunState } from '../../core/workflow/reducer.ts'
import type { ScenarioId } from '../../core/workflow/scenarios.ts'
import { exitCodes, interruption } from '../interruption.ts'
import { prepareSession } from '../prepare-session.ts'
import { parseStoryArguments, type StoryArguments, storyUsage } from './arguments.ts'
import { appErrorLines } from './error-lines.ts'
import { writeEvidence } from './evidence.ts'
import { paintFor } from './paint.ts'
import { storySummary } from './summary.ts'
import { scenarioTable } from './table.ts'
import { readableWidth, Thread } from './thread.ts'
import { StoryView } from './view.ts'

/** Tells the story in the terminal, or as data with `--json`. Answers the exit code. */
export async function runStory(args: readonly string[]): Promise<number> {
  // With --json stdout belongs to the JSON; people read the same story on stderr only when it goes wrong.
  const errors = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
  const complain = (lines: readonly string[]): unknown => process.stderr.write(`${lines.join('\n')}\n`)
  const parsed = parseStoryArguments(args)
  if (!parsed.ok) {
    complain([...appErrorLines(parsed.error, errors), '', storyUsage])
    return exitCodes.usage
  }
  if (parsed.value.help) {
    process.stdout.write(`${storyUsage}\n`)
    return exitCodes.ok
  }
  const stop = interruption()
  try {
    const session = await prepareSession(stop.signal)
    if (!session.ok) {
      complain(appErrorLines(session.error, errors))
      return stop.signal.aborted ? exitCodes.cancelled : exitCodes.notAsExpected
    }
    return await tell(parsed.value, session.value, stop.signal)
  } finally {
    stop.dispose()
  }
}

async function tell(options: StoryArguments, session: Session, signal: AbortSignal): Promise<number> {
  const width = readableWidth(process.stdout.columns)
  const paint = paintFor(process.stdout, process.env)
  const view = options.json ? null : new StoryView(process.stdout, new Thread(paint, width), paint, width)
  view?.print([
    `  ${paint('strong', 'sigstore-attestor')} · sandbox: Sigstore, registry and login are real and run on this machine`,
  ])
  const told: RunState[] = []
  try {
    for (const id of options.scenarios) {
      if (signal.aborted) break
      const one = await tellOne(id, options, session, view, signal)
      if (!one.ok) {
        process.stderr.write(`${one.error.what} ${one.error.remedy}\n`)
        return exitCodes.notAsExpected
      }
      told.push(one.value)
    }
  } finally {
    view?.close()
    if (signal.aborted) process.stderr.write('Stopping everything that was started, in reverse order …\n')
    await session.close()
  }
  const summary = storySummary('sandbox', told, options.scenarios.length)
  if (options.json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
  else view?.print(scenarioTable(told, paint))
  if (signal.aborted) return exitCodes.cancelled
  return summary.ok ? exitCodes.ok : exitCodes.notAsExpected
}

async function tellOne(
  id: ScenarioId,
  options: StoryArguments,
  session: Session,
  view: StoryView | null,
  signal: AbortSignal,
): Promise<Result<RunState>> {
  const run = session.newRun(id, options.persona)
  if (view !== null) {
    for (const event of run.log.events) view.onEvent(event, run.log.state)
    run.log.subscribe(view.onEvent)
  }
  const onAbort = (): void => run.cancel(String(signal.reason))
  signal.addEventListener('abort', onAbort, { once: true })
  const state = await run.start()
  signal.removeEventListener('abort', onAbort)
  run.log.close()
  if (options.evidence === null) return { ok: true, value: state }
  return writeEvidence(resolve(options.evidence), state, run.eventsFile)
}
