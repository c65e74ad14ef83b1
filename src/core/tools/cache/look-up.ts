import { join } from 'node:path'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Folders } from '../../machine/folders.ts'
import { checkOwnFolders } from '../../machine/own-folders.ts'
import { type Program, readLockFile } from '../lock-file.ts'
import { userPaths } from '../setup/user-paths.ts'
import { type ResolvedTool, type StoryToolId, storyToolIds, type ToolId, type ToolSet, toolSets } from '../tool.ts'
import { toolCache } from './cache.ts'
import { findTool, type PassedOver, type Whereabouts } from './find.ts'
import type { Inspections } from './inspect.ts'

export interface ToolsOptions {
  readonly folders: Pick<Folders, 'config' | 'cache'>
  /** The folder with tools.lock.json and the build recipes. */
  readonly assets: string
  /** Which programs; those of the story by default. */
  readonly set?: ToolSet
  readonly env?: Readonly<NodeJS.ProcessEnv>
  readonly signal?: AbortSignal
}

export type Resolved<Id extends ToolId> = Readonly<Record<Id, ResolvedTool>>
export type ResolvedTools = Resolved<StoryToolId>

/** The state of one program on this machine. */
export interface LookedUp {
  readonly program: Program
  readonly tools: readonly {
    readonly id: ToolId
    readonly found: ResolvedTool | undefined
    readonly passedOver: PassedOver[]
  }[]
}

/** The lock file, the user's paths and the cache of this machine. */
export async function whereabouts(
  options: ToolsOptions,
  known?: Inspections,
): Promise<Result<{ programs: readonly Program[]; where: Whereabouts }>> {
  const env = options.env ?? process.env
  const { config, cache: cacheFolder } = options.folders
  // What lies there names programs, which are run.
  const own = checkOwnFolders({ config, cache: cacheFolder }, { make: false })
  if (!own.ok) return own
  const programs = await readLockFile(join(options.assets, 'tools.lock.json'))
  if (!programs.ok) return programs
  const paths = userPaths(config, env)
  if (!paths.ok) return paths
  const cache = toolCache(cacheFolder)
  const where = {
    cache,
    userPaths: paths.value,
    searchPath: env['PATH'],
    recipes: join(options.assets, 'tools'),
    known: known ?? (await cache.loadInspections()),
    ...(options.signal ? { signal: options.signal } : {}),
  }
  const ids: readonly ToolId[] = toolSets[options.set ?? 'story']
  return ok({ programs: programs.value.filter(({ tools }) => tools.some(({ id }) => ids.includes(id))), where })
}

/** Looks every program up, all at once. Fetches nothing. */
export const lookUpAll = (programs: readonly Program[], where: Whereabouts): Promise<LookedUp[]> =>
  Promise.all(
    programs.map(async (program) => {
      const tools = program.tools.map(async (tool) => ({ id: tool.id, ...(await findTool(program, tool, where)) }))
      return { program, tools: await Promise.all(tools) }
    }),
  )

/** The tools of a program when all of them are there. */
export function complete({ tools }: LookedUp): readonly ResolvedTool[] | undefined {
  const found = tools.flatMap((tool) => tool.found ?? [])
  return found.length === tools.length ? found : undefined
}

/** The tools with these ids. Undefined when one is missing. */
export function byId<Id extends ToolId>(ids: readonly Id[], tools: readonly ResolvedTool[]): Resolved<Id> | undefined {
  const found: Partial<Record<ToolId, ResolvedTool>> = Object.fromEntries(tools.map((tool) => [tool.id, tool]))
  return hasAll(ids, found) ? found : undefined
}

const hasAll = <Id extends ToolId>(
  ids: readonly Id[],
  found: Readonly<Partial<Record<ToolId, ResolvedTool>>>,
): found is Resolved<Id> => ids.every((id) => found[id] !== undefined)

/**
 * The quick check for preflight: every tool as it is on this machine, fetching nothing. An error names the missing ones
 * and why candidates did not fit.
 */
export async function expectedTools(options: ToolsOptions): Promise<Result<ResolvedTools>> {
  const prepared = await whereabouts(options)
  if (!prepared.ok) return prepared
  const { programs, where } = prepared.value
  const lookedUp = await lookUpAll(programs, where)
  const tools = byId(
    storyToolIds,
    lookedUp.flatMap((each) => each.tools.flatMap(({ found }) => found ?? [])),
  )
  if (tools !== undefined) return ok(tools)
  const missing = lookedUp.flatMap((each) => each.tools.filter(({ found }) => found === undefined))
  const reasons = missing.map(({ id, passedOver }) => {
    const why = passedOver.map((each) => `${each.path}: ${each.why}`).join(', ')
    return why === '' ? id : `${id} (${why})`
  })
  return err(
    appError('tools.missing', 'Not every external program is there.', 'Run: npm run setup', {
      expected: 'every program of assets/tools.lock.json',
      found: `missing: ${reasons.join('; ')}`,
    }),
  )
}
