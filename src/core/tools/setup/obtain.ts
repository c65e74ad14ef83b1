import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError, isFileError } from '../../files/file-error.ts'
import { findTool, type Whereabouts, wantedVersion } from '../cache/find.ts'
import { inspect, judge } from '../cache/inspect.ts'
import type { Program } from '../lock-file.ts'
import type { Debian } from '../sources/debian.ts'
import type { GoBuilder } from '../sources/go-build.ts'
import { fromRelease } from '../sources/release.ts'
import type { Obtained, SourceFailure } from '../sources/source.ts'
import type { ResolvedTool, ToolSource } from '../tool.ts'
import type { ReachableHosts } from './reachable-hosts.ts'
import type { ReportSetup, SourceProgress } from './setup-event.ts'

export interface ObtainOptions {
  readonly where: Whereabouts
  readonly reachable: ReachableHosts
  readonly debian: Debian
  readonly build: GoBuilder
  /** How long a server may be silent. */
  readonly stallMs: number
  readonly report: ReportSetup
  readonly signal?: AbortSignal
}

type MadeSource = 'release' | 'Debian package' | 'Go build'

interface Source {
  readonly name: MadeSource
  readonly detail: string
  readonly get: (onProgress: (progress: SourceProgress) => void) => Promise<Result<Obtained, SourceFailure>>
}

const downloads = pLimit(3)

/**
 * Makes a program that is nowhere on this machine available: from the release, the Debian package, or a build with Go.
 * A failing source says why, and the next is tried. The result must report a fitting version, then it is published in
 * the cache.
 */
export async function obtainProgram(
  program: Program,
  options: ObtainOptions,
): Promise<Result<readonly ResolvedTool[]>> {
  const { report, signal } = options
  const failures: (SourceFailure & { source: ToolSource })[] = []
  for (const source of sources(program, options)) {
    if (isAborted(signal)) break
    report({ type: 'source.tried', program: program.name, source: source.name, detail: source.detail })
    const got = await attempt(program, source, options)
    if (got.ok) return got
    failures.push({ ...got.error, source: source.name })
    if (!isAborted(signal)) {
      report({ type: 'source.failed', program: program.name, source: source.name, why: got.error.why })
    }
  }
  return err(unavailable(program, failures))
}

function sources(program: Program, options: ObtainOptions): Source[] {
  const { where, signal } = options
  const work = where.cache.work
  const worded = <T>(result: Result<T, string>): Result<T, SourceFailure> =>
    result.ok ? result : err({ why: result.error })
  const found: Source[] = []
  if (program.release !== undefined) {
    found.push({
      name: 'release',
      detail: new URL(program.release.asset).host,
      get: (onProgress) =>
        downloads(async () =>
          worded(
            await fromRelease(program, {
              folder: join(work, 'release', `${program.name}-${program.version}`),
              reachable: options.reachable,
              stallMs: options.stallMs,
              onProgress,
              ...(signal ? { signal } : {}),
            }),
          ),
        ),
    })
  }
  const { debian } = program
  if (debian !== undefined) {
    found.push({
      name: 'Debian package',
      detail: debian.package,
      get: async () => worded(await options.debian.unpack(program, join(work, 'debian', program.name))),
    })
  }
  found.push({
    name: 'Go build',
    detail: `assets/tools/${program.build.recipe}`,
    get: (onProgress) => options.build(program, onProgress),
  })
  return found
}

async function attempt(
  program: Program,
  source: Source,
  options: ObtainOptions,
): Promise<Result<readonly ResolvedTool[], SourceFailure>> {
  const { where, report } = options
  try {
    await mkdir(where.cache.work, { recursive: true, mode: 0o700 })
    const got = await source.get((progress) => report({ type: 'source.progress', program: program.name, progress }))
    if (!got.ok) return got
    const unfit = await publish(program, source.name, got.value, options)
    if (unfit !== undefined) return err({ why: unfit })
  } catch (error) {
    if (isFileError(error)) return err(unwritable(error))
    throw error
  }
  const tools: ResolvedTool[] = []
  for (const tool of program.tools) {
    const { found, passedOver } = await findTool(program, tool, where)
    if (found === undefined) return err({ why: passedOver.at(-1)?.why ?? `${tool.id} is not there afterwards` })
    tools.push(found)
  }
  return ok(tools)
}

/** Checks a source's result and puts it into the cache; returns why not when it does not fit. */
async function publish(
  program: Program,
  source: MadeSource,
  { files, trust }: Obtained,
  { where, signal }: ObtainOptions,
): Promise<string | undefined> {
  const named: Partial<Record<string, { name: string; sha256: string }>> = {}
  for (const [id, file] of files) {
    await chmod(file, 0o755)
    const inspection = await inspect(file, program, new Map(), { signal })
    if ('why' in inspection) return `${id}: ${inspection.why}`
    const verdict = judge(inspection, program)
    if (!verdict.fits) {
      await rm(file, { force: true })
      return `what came as ${id} is refused: ${verdict.why}`
    }
    named[id] = { name: id, sha256: inspection.sha256 }
  }
  const wanted = await wantedVersion(program, where.recipes)
  await where.cache.publish(program, wanted, { source, trust, files: named }, files)
  return undefined
}

// A function, because the compiler would assume that an earlier value still holds.
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true

/** A file error as the reason of a source. */
const unwritable = (error: NodeJS.ErrnoException): SourceFailure => ({
  why: describeFileError(error, error.path ?? 'the cache folder'),
  remedy: 'Make room or give write permission there, or set XDG_CACHE_HOME to another folder.',
})

function unavailable(program: Program, failures: readonly (SourceFailure & { source: string })[]): AppError {
  const remedies = failures.flatMap(({ remedy }) => (remedy === undefined ? [] : [remedy]))
  const ids = program.tools.map(({ id }) => id).join(' and ')
  return appError(
    'tools.unavailable',
    `${ids} cannot be had: every source failed.`,
    remedies.at(-1) ??
      'Put a fitting one into PATH, or name it in config.json (see npm run doctor), or reach one of the sources and start again.',
    {
      expected: program.accepts === undefined ? 'a build of the sources in assets/tools' : `version ${program.accepts}`,
      found: failures.map(({ source, why }) => `${source}: ${why}`).join('; '),
    },
  )
}
