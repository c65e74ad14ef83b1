import { parseArgs } from 'node:util'
import { folders } from '../../core/machine/folders.ts'
import type { Session } from '../../core/orchestrator/session/session.ts'
import type { RunState } from '../../core/workflow/reducer.ts'
import { cancelledBy, exitCodes, interruption, notStopped } from '../interruption.ts'
import { prepareSession } from '../prepare-session.ts'
import { refuse } from '../refuse.ts'
import { setUpInTerminal } from '../setup/setup-in-terminal.ts'
import { measureAttestor } from './attestor-bench.ts'
import { BenchError, must } from './bench-error.ts'
import { fetcherProgram } from './fetcher-program.ts'
import { measureWindow } from './window-bench.ts'

const groups = ['window', 'story', 'attestor'] as const

export const benchUsage = `Usage: npm run bench [-- --rounds N] [-- --containers N] [-- --only ${groups.join('|')}]

  --rounds N      how often the short things are measured, 3 to 1000; by default 20, and 200 for the attestor
  --containers N  how many ask the attestor at once, 2 to 200; by default 50
  --only GROUP    one group alone; all without it`

/**
 * Measures what people wait for, as ratios in one run on this machine: the window; setup with nothing missing and the
 * story; the attestor against bare cosign and SPIRE's built-in one. Does not judge the results.
 */
export async function runBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) {
    process.stderr.write(`${benchUsage}\n`)
    return exitCodes.usage
  }
  const { signal, dispose } = interruption()
  try {
    return await measure(options, signal)
  } catch (error) {
    if (!(error instanceof BenchError)) throw error
    return signal.aborted ? cancelledBy(signal) : refuse(error.error, false)
  } finally {
    dispose()
  }
}

async function measure({ rounds, containers, only }: Options, signal: AbortSignal): Promise<number> {
  if (only === undefined || only === 'window') await measureWindow(rounds ?? 20, signal, line)
  if (signal.aborted) return cancelledBy(signal)
  if (only === 'window') return exitCodes.ok
  must(await setUpInTerminal({ folders: folders(), signal }))
  const fetcher = only === 'story' ? undefined : await fetcherProgram(signal)
  const started = performance.now()
  const session = await prepareSession(signal)
  if (!session.ok) return refuse(session.error, false)
  line('setup, nothing missing, and the session opened', `${Math.round(performance.now() - started)} ms`)
  try {
    const exitCode = await measureStory(session.value)
    if (exitCode !== exitCodes.ok || signal.aborted || fetcher === undefined) return exitCode
    await measureAttestor(session.value, {
      fetcher,
      rounds: rounds ?? 200,
      containers: containers ?? 50,
      signal,
      row: line,
    })
    return signal.aborted ? cancelledBy(signal) : exitCodes.ok
  } finally {
    const left = await session.value.close()
    if (left.length > 0) process.stderr.write(notStopped(left))
  }
}

async function measureStory(session: Session): Promise<number> {
  const cold = await session.newRun('signed', null).start()
  const warmRun = session.newRun('signed', null)
  const warm = await warmRun.start()
  if (warm.outcome !== 'svid' || cold.outcome !== 'svid') {
    process.stderr.write('The story did not end with an SVID.\n')
    const error = cold.error ?? warm.error
    return error === null ? exitCodes.notAsExpected : refuse(error, false)
  }
  line('story, the session’s first run', `${elapsed(cold)} ms`)
  line(
    'story, a later run of the session',
    `${elapsed(warm)} ms, ${(elapsed(warm) / elapsed(cold)).toFixed(2)} of the first`,
  )
  return exitCodes.ok
}

const elapsed = (run: RunState): number => Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt)

const line = (what: string, value: string): unknown => process.stdout.write(`${what.padEnd(52)} ${value}\n`)

interface Options {
  readonly rounds: number | undefined
  readonly containers: number | undefined
  readonly only: (typeof groups)[number] | undefined
}

function readOptions(args: readonly string[]): Options | undefined {
  try {
    const options = { rounds: { type: 'string' }, containers: { type: 'string' }, only: { type: 'string' } } as const
    const { values } = parseArgs({ args: [...args], options })
    const [rounds, containers] = [values.rounds, values.containers].map((text) =>
      text === undefined ? text : Number(text),
    )
    const only = groups.find((group) => group === values.only)
    if (values.only !== undefined && only === undefined) return undefined
    return between(rounds, 3, 1_000) && between(containers, 2, 200) ? { rounds, containers, only } : undefined
  } catch {
    return undefined
  }
}

const between = (value: number | undefined, least: number, most: number): boolean =>
  value === undefined || (Number.isInteger(value) && value >= least && value <= most)
