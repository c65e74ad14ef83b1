import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Program, ProgramTool } from '../lock-file.ts'
import type { UserPaths } from '../setup/user-paths.ts'
import type { ResolvedTool, ToolSource } from '../tool.ts'
import type { ToolCache } from './cache.ts'
import { fileStamp, type Inspections, inspect, judge } from './inspect.ts'

/** Where to look, and what is cached about files. */
export interface Whereabouts {
  readonly cache: ToolCache
  readonly userPaths: UserPaths
  readonly searchPath: string | undefined
  /** The folder with the build recipes. */
  readonly recipes: string
  readonly known: Inspections
  readonly signal?: AbortSignal
}

/** A candidate that did not fit, and why. */
export interface PassedOver {
  readonly source: ToolSource | 'cache'
  readonly path: string
  readonly why: string
}

/**
 * Looks for a tool that is on this machine already: the path that the user set, PATH if the version fits, our cache.
 * Fetches and builds nothing.
 */
export async function findTool(
  program: Program,
  tool: ProgramTool,
  where: Whereabouts,
): Promise<{ found: ResolvedTool | undefined; passedOver: PassedOver[] }> {
  const passedOver: PassedOver[] = []
  const fitting = async (path: string, source: ToolSource, trust: string): Promise<ResolvedTool | undefined> => {
    const inspection = await inspect(path, program, where.known, { signal: where.signal })
    const passOver = (why: string): undefined => void passedOver.push({ source, path, why })
    if ('why' in inspection) return passOver(inspection.why)
    const verdict = judge(inspection, program)
    if (!verdict.fits) return passOver(verdict.why)
    return { id: tool.id, path, version: verdict.version, source, sha256: inspection.sha256, trust }
  }
  const set = where.userPaths[tool.id]
  const own = set && (await fitting(set.path, 'set by the user', `You chose this file (${set.from}).`))
  if (own) return { found: own, passedOver }
  for (const path of await candidates(tool.commands, where.searchPath)) {
    const found = await fitting(path, 'PATH', 'It was on this machine already; only its version was checked.')
    if (found) return { found, passedOver }
  }
  const cached = await findCached(program, tool, where)
  if (cached !== undefined && 'id' in cached) return { found: cached, passedOver }
  if (cached !== undefined) passedOver.push({ source: 'cache', ...cached })
  return { found: undefined, passedOver }
}

/** The tool in our cache, why the one there is not used, or undefined when there is none. */
async function findCached(
  program: Program,
  tool: ProgramTool,
  where: Whereabouts,
): Promise<ResolvedTool | Pick<PassedOver, 'path' | 'why'> | undefined> {
  const wanted = await wantedVersion(program, where.recipes)
  const entry = await where.cache.read(program, wanted)
  const file = entry?.files[tool.id]
  if (entry === undefined || file === undefined) return undefined
  const path = join(where.cache.entryFolder(program, wanted), file.name)
  const expected = file.sha256
  const inspection = await inspect(path, program, where.known, { expected, signal: where.signal })
  if ('why' in inspection) return { path, why: inspection.why }
  if (inspection.sha256 !== expected) return { path, why: changed(expected, inspection.sha256) }
  const verdict = judge(inspection, program)
  if (!verdict.fits) return { path, why: verdict.why }
  const version = program.accepts === undefined ? `sources ${wanted}` : verdict.version
  return { id: tool.id, path, version, source: entry.source, sha256: expected, trust: entry.trust }
}

const changed = (expected: string, found: string): string =>
  `its bytes have changed since it was put there, so it was not run (SHA-256 expected ${expected}, found ${found})`

/** The cache's key: the locked version, or for our own programs the first characters of the hash of their sources. */
export async function wantedVersion(program: Program, recipes: string): Promise<string> {
  if (program.accepts !== undefined) return program.version
  const folder = join(recipes, program.build.recipe)
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const hash = createHash('sha256')
  for (const name of names.filter((each) => /\.(go|mod|sum)$/.test(each)).sort()) {
    hash
      .update(name)
      .update('\0')
      .update(await readFile(join(folder, name)))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

/** Executable files of these names in the absolute folders of PATH, in PATH's order. */
async function candidates(commands: readonly string[], searchPath: string | undefined): Promise<string[]> {
  const found: string[] = []
  for (const folder of (searchPath ?? '').split(delimiter).filter((each) => isAbsolute(each))) {
    for (const command of commands) {
      const path = join(folder, command)
      if ((await fileStamp(path)) !== undefined && !found.includes(path)) found.push(path)
    }
  }
  return found
}
