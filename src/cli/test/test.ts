import { mkdir, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { type Lane, makeLane, noLanes } from './lane.ts'
import { type Job, type Plan, planTests, selected } from './plan.ts'
import { summary } from './results.ts'
import { type Jobs, openJobs, readSeconds, writeSeconds } from './run-jobs.ts'

export const testUsage = `Usage: npm test [-- PATH … [-t TITLE]]

  PATH      tests whose path contains this, for example test/unit or test/ui/manners.spec.ts; all without it
  -t TITLE  of these the tests with such a title

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
  const files = selected(found.map((file) => `test/${file}`).sort(), options.paths)
  if (files.length === 0) {
    process.stderr.write(`No test file has a path that contains ${options.paths.join(' or ')}.\n`)
    return exitCodes.usage
  }
  const { signal, dispose } = interruption()
  const lanes: Lane[] = []
  try {
    await mkdir(dirname(secondsFile), { recursive: true })
    const known = await readSeconds(secondsFile)
    const sandboxes = planTests(files, { title: options.title, sideBySide: true, seconds: known }).sandboxes.length
    const why = sandboxes < 2 ? undefined : await makeLanes(lanes, Math.min(sandboxes, availableParallelism()))
    if (why !== undefined) process.stdout.write(`Sandboxes run one after the other: ${why}.\n`)
    const plan = planTests(files, { title: options.title, sideBySide: lanes.length > 0, seconds: known })
    const jobs = await openJobs(root, signal)
    await runPlan(plan, jobs, lanes, signal)
    if (signal.aborted) return cancelledBy(signal)
    await writeSeconds(secondsFile, new Map([...known, ...jobs.seconds]))
    const all = [...plan.first, ...plan.beside, ...plan.sandboxes]
    if (all.some(({ runner }) => runner === 'playwright')) await jobs.mergeReports()
    process.stdout.write(`\n${summary(jobs.outcomes)}\n`)
    return jobs.outcomes.some(({ state }) => state === 'failed') ? exitCodes.notAsExpected : exitCodes.ok
  } finally {
    await Promise.all(lanes.map((lane) => lane.remove()))
    dispose()
  }
}

/** Makes lanes; answers why there are none. */
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
    for (let job = queue.shift(); job !== undefined && !signal.aborted; job = queue.shift()) await jobs.run(job, lane)
  }
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
    return { title: values.title, paths: positionals }
  } catch {
    return undefined
  }
}
