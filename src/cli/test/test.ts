import { mkdir, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lock } from 'proper-lockfile'
import { runCommand } from '../../core/process/command.ts'
import { BenchError } from '../bench/bench-error.ts'
import { fetcherProgram } from '../bench/fetcher-program.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { makeClusterPrograms } from './cluster.ts'
import { type Lane, makeLane, noLanes } from './lane.ts'
import { type Job, type Plan, planTests, selected, tierOf, tierSeconds, unmatched } from './plan.ts'
import { chosen, summary } from './results.ts'
import { type Jobs, openJobs, readSeconds, writeSeconds } from './run-jobs.ts'

export const testUsage = `Usage: npm test [-- PATH … [-t TITLE]]

  PATH      tests whose path contains this, for example test/unit or test/ui/manners.spec.ts; all without it
  -t TITLE  of these the tests with such a title, a regular expression

  Other options: npx vitest --help, npx playwright test --help`

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const secondsFile = join(root, 'test-results', 'seconds.json')

/** `npm test`: both runners, in groups side by side where the machine allows it, and one summary. */
export async function runTest(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) {
    process.stderr.write(`${testUsage}\n`)
    return exitCodes.usage
  }
  const found = await readdir(join(root, 'test'), { recursive: true })
  const all = found.map((file) => `test/${file}`).sort()
  const none = unmatched(all, options.paths)
  if (none.length > 0) {
    process.stderr.write(`No test file has a path that contains ${none.join(' or ')}.\n`)
    return exitCodes.usage
  }
  const results = dirname(secondsFile)
  await mkdir(results, { recursive: true })
  const release = await lockResults(results)
  if (release === undefined) {
    process.stderr.write(
      `Another \`npm test\` is running in this checkout, and writes to ${results}. Wait for its end.\n`,
    )
    return exitCodes.usage
  }
  try {
    return await runFiles(selected(all, options.paths), options.title)
  } finally {
    await release()
  }
}

async function runFiles(files: readonly string[], title: RegExp | undefined): Promise<number> {
  const { signal, dispose } = interruption()
  const lanes: Lane[] = []
  const started = performance.now()
  const jobs = await openJobs(root, signal, (line) => process.stdout.write(`${line}\n`))
  try {
    const known = await readSeconds(secondsFile)
    const planned = (sideBySide: boolean): Plan =>
      planTests(files, { title: title?.source, sideBySide, seconds: known })
    let plan = planned(true)
    const sandboxes = plan.sandboxes.length
    const why = sandboxes < 2 ? undefined : await makeLanes(lanes, Math.min(sandboxes, availableParallelism()))
    if (why !== undefined) process.stdout.write(`Sandboxes run one after the other: ${why}.\n`)
    if (lanes.length === 0) plan = planned(false)
    if (files.some((file) => /^test\/(?:process|integration|kubernetes)\//.test(file))) await makeExecutable(signal)
    if (files.includes('test/integration/bench.test.ts')) await makeFetcher(signal)
    if (files.some((file) => tierOf(file) === 'kubernetes')) await makeClusterPrograms(signal)
    await runPlan(plan, jobs, lanes, signal)
    if (signal.aborted) return cancelledBy(signal)
    await writeSeconds(secondsFile, new Map([...known, ...jobs.seconds]))
    const ran = [...plan.first, ...plan.beside, ...plan.sandboxes]
    if (ran.some(({ runner }) => runner === 'playwright')) await jobs.mergeReports()
    const outcomes = chosen(jobs.outcomes, title)
    if (outcomes.length === 0) {
      process.stderr.write(`None of these tests has a title that matches ${title}.\n`)
      return exitCodes.usage
    }
    const took = ((performance.now() - started) / 1000).toFixed(0)
    process.stdout.write(
      `\nThe tests took ${took} s, without the setup; tiers run beside each other.\n\n${summary(outcomes, tierSeconds(jobs.seconds))}\n`,
    )
    return outcomes.some(({ state }) => state === 'failed') ? exitCodes.notAsExpected : exitCodes.ok
  } finally {
    await Promise.all([jobs.close(), ...lanes.map((lane) => lane.remove())])
    dispose()
  }
}

/**
 * Makes the attestor's executable, which several tests ask for: made by one of them, it would be replaced while it runs
 * in another one. A failure is left to those tests to report.
 */
async function makeExecutable(signal: AbortSignal): Promise<void> {
  const args = [join(root, 'src', 'cli', 'build-attestor.mjs')]
  await runCommand({ program: process.execPath, args, cwd: root, timeoutMs: 120_000, signal })
}

/** The bench's own program is built from modules that its test could not fetch in a lane, and reports the failure. */
async function makeFetcher(signal: AbortSignal): Promise<void> {
  await fetcherProgram(signal).catch((error: unknown) => {
    if (!(error instanceof BenchError)) throw error
  })
}

/** Locks the folder of reports and logs, which each test run empties; undefined when another run has it. */
async function lockResults(folder: string): Promise<(() => Promise<void>) | undefined> {
  try {
    const release = await lock(folder, {
      lockfilePath: join(folder, 'running.lock'),
      stale: 15_000,
      update: 5_000,
      onCompromised: () => undefined,
    })
    return () => release().catch(() => undefined)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOCKED') return undefined
    throw error
  }
}

/** Creates network namespaces for sandboxes, up to `count`, and adds them to `lanes`. Returns why there are none. */
async function makeLanes(lanes: Lane[], count: number): Promise<string | undefined> {
  const why = await noLanes()
  if (why !== undefined) return why
  for (let number = 1; number <= count; number += 1) {
    const lane = await makeLane(number)
    if (typeof lane === 'string') return lanes.length > 0 ? undefined : lane
    lanes.push(lane)
  }
  return undefined
}

async function runPlan(plan: Plan, jobs: Jobs, lanes: readonly Lane[], signal: AbortSignal): Promise<void> {
  /** Takes jobs from a queue that others take from too. */
  const work = async (queue: Job[], lane?: Lane): Promise<void> => {
    for (let job = queue.shift(); job !== undefined && !signal.aborted; job = queue.shift()) {
      await jobs.run(job, lane)
      await lane?.clear()
    }
  }
  await work([...plan.downloads])
  const first = [...plan.first]
  await Promise.all([work(first), work(first)])
  const sandboxes = [...plan.sandboxes]
  const beside = [...plan.beside]
  if (lanes.length === 0) {
    await work(beside)
    await work(sandboxes)
    return
  }
  await Promise.all([work(beside), ...lanes.map((lane) => work(sandboxes, lane))])
}

function readOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { title: { type: 'string', short: 't' } },
    })
    const { title } = values
    return { title: title === undefined ? undefined : new RegExp(title), paths: positionals }
  } catch {
    return undefined
  }
}
