import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { userEnvironment } from '../../core/process/user-environment.ts'
import type { Lane } from './lane.ts'
import type { Job } from './plan.ts'
import { type Outcome, playwrightOutcomes, vitestOutcomes } from './results.ts'

/** Where jobs run, and what is known of those that have. */
export interface Jobs {
  /** Runs one to its end, in a lane where one is given. */
  readonly run: (job: Job, lane?: Lane) => Promise<void>
  readonly outcomes: readonly Outcome[]
  /** How long each took, by its name. */
  readonly seconds: ReadonlyMap<string, number>
  /** Removes what the jobs left in the folder for temporary files that they had. */
  readonly close: () => Promise<void>
  /** Puts the reports of all Playwright jobs together into one for `npx playwright show-report`. */
  readonly mergeReports: () => Promise<void>
}

const hour = 3_600_000

/** Runs jobs of the project at `root`, and says so by `say`; reports and logs go below its `test-results`. */
export async function openJobs(root: string, signal: AbortSignal, say: (line: string) => void): Promise<Jobs> {
  const results = join(root, 'test-results')
  const at = (kind: string, { name }: Job, extension: string): string =>
    join(results, kind, `${name.replaceAll('/', '-')}${extension}`)
  for (const kind of ['logs', 'reports', 'blobs']) {
    await rm(join(results, kind), { recursive: true, force: true })
    await mkdir(join(results, kind), { recursive: true })
  }
  const outcomes: Outcome[] = []
  const seconds = new Map<string, number>()
  const temporary = await mkdtemp(join(tmpdir(), 't-'))
  // Tests act as other users too.
  await chmod(temporary, 0o1777)
  const inherited = { ...userEnvironment(process.env), TMPDIR: temporary }
  const program = (words: readonly string[], lane: Lane | undefined, env: Readonly<Record<string, string>>) => {
    const [first = process.execPath, ...rest] = [...(lane?.enter ?? []), process.execPath, ...words]
    return {
      program: first,
      args: rest,
      cwd: root,
      env: { ...inherited, ...lane?.env, ...env },
      timeoutMs: hour,
      signal,
    }
  }

  const run = async (job: Job, lane?: Lane): Promise<void> => {
    const report = at('reports', job, '.json')
    const log = at('logs', job, '.log')
    const started = performance.now()
    say(`${job.name} …`)
    const outcome = await runCommand({
      ...program(words(root, job, report), lane, {
        PLAYWRIGHT_JSON_OUTPUT_FILE: report,
        PLAYWRIGHT_BLOB_OUTPUT_FILE: at('blobs', job, '.zip'),
      }),
      logFile: log,
      wholeTree: true,
      graceMs: 20_000,
    })
    const took = (performance.now() - started) / 1000
    if (signal.aborted) return
    const reported = await readReport(job, report, root)
    const own = [...(reported ?? [])]
    const failed = !succeeded(outcome) || reported === undefined
    if (failed && !own.some(({ state }) => state === 'failed')) {
      const why = succeeded(outcome) ? 'wrote no report' : describeEnding(outcome)
      const title = `${job.name}: ${job.runner} ${why}; see ${log}`
      own.push({ tier: job.name, title, state: 'failed', message: outsideOfTests(outcome.stderr) })
    }
    outcomes.push(...own)
    seconds.set(job.name, took)
    if (failed) say(`${outcome.stdout}\n${outcome.stderr}`)
    say(`${failed ? 'FAILED' : 'passed'} ${job.name}: ${own.length} tests, ${took.toFixed(0)} s`)
  }
  const mergeReports = async (): Promise<void> => {
    const cli = join(root, 'node_modules', 'playwright', 'cli.js')
    const merge = [cli, 'merge-reports', '--reporter=html', join(results, 'blobs')]
    const merged = await runCommand(program(merge, undefined, { PLAYWRIGHT_HTML_OPEN: 'never' }))
    if (succeeded(merged)) return
    say(`The report could not be put together: ${merged.stderr}`)
  }
  const close = (): Promise<void> => rm(temporary, { recursive: true, force: true, maxRetries: 5 })
  return { run, outcomes, seconds, mergeReports, close }
}

/** The runner of a job, and which reports it writes. */
function words(root: string, { name, runner, args }: Job, report: string): readonly string[] {
  const inModules = (...path: string[]): string => join(root, 'node_modules', ...path)
  return runner === 'vitest'
    ? [inModules('vitest', 'vitest.mjs'), ...args, ...vitestReports(report)]
    : [inModules('playwright', 'cli.js'), ...args, ...playwrightReports(root, name)]
}

const vitestReports = (report: string): readonly string[] => [
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
]

const playwrightReports = (root: string, name: string): readonly string[] => [
  '--reporter=list,json,blob',
  // Each run of Playwright Test empties its folder.
  `--output=${join(root, 'test-results', 'playwright', name)}`,
]

/** The outcomes in a job's report; undefined when it wrote none that can be read. */
async function readReport(job: Job, file: string, root: string): Promise<readonly Outcome[] | undefined> {
  try {
    const report: unknown = JSON.parse(await readFile(file, 'utf8'))
    return job.runner === 'vitest' ? vitestOutcomes(report, root) : playwrightOutcomes(report)
  } catch {
    return undefined
  }
}

/** What Vitest said of errors outside of any test, or all that a runner wrote to stderr. */
function outsideOfTests(stderr: string): string {
  const at = stderr.lastIndexOf('Unhandled Errors')
  return at === -1 ? stderr : stderr.slice(stderr.lastIndexOf('\n', at) + 1)
}

/** How long jobs took the last time. */
export async function readSeconds(file: string): Promise<ReadonlyMap<string, number>> {
  try {
    const known: unknown = JSON.parse(await readFile(file, 'utf8'))
    return new Map(Object.entries(z.record(z.string(), z.number()).parse(known)))
  } catch {
    // Nothing ran here yet.
    return new Map()
  }
}

/** Keeps how long jobs took, for the order of the next run. */
export const writeSeconds = (file: string, seconds: ReadonlyMap<string, number>): Promise<void> =>
  writeFile(file, `${JSON.stringify(Object.fromEntries(seconds), undefined, 2)}\n`)
