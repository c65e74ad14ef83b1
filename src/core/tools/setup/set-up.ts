import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError, isFileError } from '../../files/file-error.ts'
import { checkOwnFolders } from '../../machine/own-folders.ts'
import { runCommand } from '../../process/command.ts'
import type { ToolCache } from '../cache/cache.ts'
import type { Whereabouts } from '../cache/find.ts'
import {
  byId,
  complete,
  lookUpAll,
  type Resolved,
  type ResolvedTools,
  type ToolsOptions,
  whereabouts,
} from '../cache/look-up.ts'
import type { Program } from '../lock-file.ts'
import { type Debian, debian as debianTools } from '../sources/debian.ts'
import { goBuilder } from '../sources/go-build.ts'
import { type KubernetesToolId, kubernetesToolIds, type ResolvedTool, storyToolIds, type ToolId } from '../tool.ts'
import { ensureEngine } from './engine-program.ts'
import { obtainProgram } from './obtain.ts'
import { reachableHosts } from './reachable-hosts.ts'
import type { ReportSetup, SetupEvent } from './setup-event.ts'

export interface SetUpOptions extends ToolsOptions {
  readonly report: ReportSetup
}

const connectPatienceMs = 4_000
const stallMs = 30_000

/**
 * Makes every external program ready, and a container engine available if that can be done: returns at once when
 * nothing is missing, else fetches and builds, independent work side by side. Interruptible at any moment; downloads
 * and compiled packages are kept for the next time. Two concurrent setups wait for each other.
 */
export const setUp = (options: SetUpOptions): Promise<Result<ResolvedTools>> =>
  setUpTools(storyToolIds, options, (debian) => ensureEngine({ ...options, env: options.env ?? process.env, debian }))

/** The same for the programs of a cluster. Its container runtime comes with the story's engine. */
export const setUpKubernetes = (options: SetUpOptions): Promise<Result<Resolved<KubernetesToolId>>> =>
  setUpTools(kubernetesToolIds, { ...options, set: 'kubernetes' })

async function setUpTools<Id extends ToolId>(
  ids: readonly Id[],
  options: SetUpOptions,
  beside?: (debian: () => Promise<Debian>) => Promise<unknown>,
): Promise<Result<Resolved<Id>>> {
  const prepared = await whereabouts(options)
  if (!prepared.ok) return prepared
  const { programs, where } = prepared.value
  let asked: Promise<Debian> | undefined
  const debian = (): Promise<Debian> =>
    (asked ??= debianTools({ report: options.report, ...(options.signal ? { signal: options.signal } : {}) }))
  try {
    const [tools] = await Promise.all([readyTools(ids, programs, where, debian, options), beside?.(debian)])
    if (options.signal?.aborted === true) return err(cancelled)
    await where.cache.saveInspections(where.known)
    await emptyTrash(where.cache, options)
    return tools
  } catch (error) {
    if (isFileError(error)) return err(cacheUnusable(error, where.cache))
    throw error
  }
}

async function readyTools<Id extends ToolId>(
  ids: readonly Id[],
  programs: readonly Program[],
  where: Whereabouts,
  debian: () => Promise<Debian>,
  options: SetUpOptions,
): Promise<Result<Resolved<Id>>> {
  const ready: ResolvedTool[] = []
  const reported = new Set<string>()
  const report: ReportSetup = (event) => {
    // When something is missing the lookup runs twice; what was skipped is reported once.
    const key = passedOverKey(event)
    if (key !== undefined && reported.has(key)) return
    if (key !== undefined) reported.add(key)
    options.report(event)
  }
  const missing = await sortOut(programs, where, ready, report)
  if (missing.length > 0) {
    const failure = await underLock(where.cache, options, async () => {
      // Another setup may have made them while this one waited.
      const still = await sortOut(missing, where, ready, report)
      return obtainAll(still, where, await debian(), options, ready)
    })
    if (failure !== undefined) return err(failure)
  }
  const tools = byId(ids, ready)
  if (tools === undefined) throw new Error('unreachable: every program is ready, and a tool is missing')
  return ok(tools)
}

function passedOverKey(event: SetupEvent): string | undefined {
  if (event.type === 'source.failed') return `${event.program} ${event.source} ${event.why}`
  return event.type === 'cache.rejected' ? `${event.program} ${event.path} ${event.why}` : undefined
}

/** Adds what exists to `ready` and returns the programs that are missing. */
async function sortOut(
  programs: readonly Program[],
  where: Whereabouts,
  ready: ResolvedTool[],
  report: ReportSetup,
): Promise<Program[]> {
  const started = performance.now()
  const missing: Program[] = []
  for (const lookedUp of await lookUpAll(programs, where)) {
    const { program } = lookedUp
    for (const { passedOver } of lookedUp.tools) {
      for (const { source, why, path } of passedOver) {
        if (source === 'cache') report({ type: 'cache.rejected', program: program.name, path, why })
        else report({ type: 'source.failed', program: program.name, source, why: `${path}: ${why}` })
      }
    }
    const tools = complete(lookedUp)
    if (tools === undefined) {
      missing.push(program)
      continue
    }
    ready.push(...tools)
    const elapsedMs = Math.round(performance.now() - started)
    report({ type: 'program.ready', program: program.name, tools, elapsedMs, found: true })
  }
  return missing
}

async function obtainAll(
  missing: readonly Program[],
  where: Whereabouts,
  debian: Debian,
  options: SetUpOptions,
  ready: ResolvedTool[],
): Promise<AppError | undefined> {
  const { report, signal, env } = options
  const aborting = signal ? { signal } : {}
  const reachable = reachableHosts(connectPatienceMs, signal)
  const folder = join(where.cache.work, 'go')
  const build = goBuilder({
    missing,
    folder,
    recipes: where.recipes,
    debian,
    reachable,
    searchPath: (env ?? process.env)['PATH'],
    ...aborting,
  })
  const failures: { program: string; error: AppError }[] = []
  await Promise.all(
    missing.map(async (program) => {
      const started = performance.now()
      report({ type: 'program.started', program: program.name, tools: program.tools.map(({ id }) => id) })
      const got = await obtainProgram(program, { where, reachable, debian, build, stallMs, report, ...aborting })
      if (signal?.aborted === true) return
      if (got.ok) {
        ready.push(...got.value)
        const elapsedMs = Math.round(performance.now() - started)
        report({ type: 'program.ready', program: program.name, tools: got.value, elapsedMs, found: false })
        // Each is stored at once: an interruption of the others loses nothing of this one.
        await where.cache.saveInspections(where.known)
        return
      }
      failures.push({ program: program.name, error: got.error })
      report({ type: 'program.failed', program: program.name, error: got.error })
    }),
  )
  if (signal?.aborted === true) return cancelled
  const [first] = failures
  if (first === undefined) {
    await where.cache.discardWork()
    return undefined
  }
  if (failures.length === 1) return first.error
  const found = failures.map(({ program }) => program).join(', ')
  return appError('tools.unavailable', `${failures.length} programs cannot be had.`, first.error.remedy, {
    expected: 'one source of each that serves',
    found: [`none for ${found}`, ...sharedReason(failures)].join('; '),
  })
}

/** The last message if all have the same, such as a full disk: then it is one thing to fix. */
function sharedReason(failures: readonly { readonly error: AppError }[]): string[] {
  const reasons = new Set(failures.map(({ error }) => error.found?.split('; ').at(-1)))
  const [reason] = reasons
  return reasons.size === 1 && reason !== undefined ? [reason] : []
}

/** Runs `work` while no other setup of this user runs; waits for one that does. */
async function underLock(
  cache: ToolCache,
  options: SetUpOptions,
  work: () => Promise<AppError | undefined>,
): Promise<AppError | undefined> {
  const own = checkOwnFolders({ cache: options.folders.cache }, { make: true })
  if (!own.ok) return own.error
  await mkdir(cache.folder, { recursive: true, mode: 0o700 })
  const lockfilePath = join(cache.folder, 'set-up.lock')
  let waiting = false
  for (;;) {
    try {
      const release = await lock(cache.folder, {
        lockfilePath,
        stale: 15_000,
        update: 5_000,
        onCompromised: () => undefined,
      })
      try {
        return await work()
      } finally {
        await release().catch(() => undefined)
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error
    }
    if (!waiting) options.report({ type: 'setup.waiting', why: 'another setup is running' })
    waiting = true
    await delay(300, undefined, options.signal ? { signal: options.signal } : {}).catch(() => undefined)
    if (options.signal?.aborted === true) return cancelled
  }
}

const cancelled = appError('run.cancelled', 'The setup was cancelled.', 'Start it again: it goes on where it was.')

const cacheUnusable = (error: NodeJS.ErrnoException, cache: ToolCache): AppError =>
  appError(
    'tools.cache-unusable',
    'The cache folder for the external programs cannot be used.',
    'Give write permission there, make room, or set XDG_CACHE_HOME to another folder.',
    {
      expected: `a folder that you can write: ${cache.folder}`,
      found: describeFileError(error, error.path ?? cache.folder),
    },
  )

/**
 * Starts removing what was only needed to build the programs: gigabytes of modules and compiled packages, which takes a
 * while. Only the end of this process waits for it; what an interruption leaves is removed the next time.
 */
async function emptyTrash(cache: ToolCache, { report, signal }: SetUpOptions): Promise<void> {
  const trash = await cache.trash()
  if (trash.length === 0) return
  report({
    type: 'setup.tidying',
    what: 'modules and compiled packages that are not needed any more are being removed',
  })
  const args = ['-rf', '--', ...trash]
  void runCommand({ program: 'rm', args, timeoutMs: 600_000, ...(signal ? { signal } : {}) })
}
