import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { parseJson } from '../../core/domain/json.ts'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { networkEnvironment } from '../../core/tools/setup/network-environment.ts'

/** A build recipe of assets/tools: the folder with go.mod and go.sum, and what is built in it. */
export interface Recipe {
  readonly folder: string
  readonly packages: readonly string[]
}

/** Runs Go in the folder of a recipe. An error is a reason in words. */
export type Go = (folder: string, args: readonly string[]) => Promise<Result<string, string>>

/** The recipe's files, to be restored when an update does not work. */
export interface RecipeFiles {
  readonly restore: () => Promise<void>
}

const modFile = z.object({
  Require: z.array(z.object({ Path: z.string(), Version: z.string(), Indirect: z.boolean().optional() })),
})
const versionList = z.object({ Versions: z.array(z.string()).optional() })

/** `go` with module and build caches of its own below `cache`, as setup runs it. */
export function goIn(go: string, cache: string, signal: AbortSignal): Go {
  return async (folder, args) => {
    const outcome = await runCommand({
      program: go,
      args,
      cwd: folder,
      env: {
        ...networkEnvironment(process.env),
        PATH: process.env['PATH'] ?? '',
        GOMODCACHE: join(cache, 'mod'),
        GOCACHE: join(cache, 'build'),
        GOTOOLCHAIN: 'auto',
        GOFLAGS: '-modcacherw',
        GOWORK: 'off',
      },
      timeoutMs: 15 * 60_000,
      signal,
    })
    if (succeeded(outcome)) return ok(outcome.stdout)
    const said = 'stderr' in outcome ? outcome.stderr.trim().split('\n') : []
    // Go's own reason begins with its name; what follows is the server's.
    const why = said.findLast((line) => line.startsWith('go: ') && !line.startsWith('go: downloading')) ?? said.at(-1)
    return err(why === undefined || why === '' ? describeEnding(outcome) : why.trim())
  }
}

/** The module that a recipe builds, with its version: the one that its go.mod requires directly. */
export async function builtModule(go: Go, recipe: Recipe): Promise<Result<{ path: string; version: string }, string>> {
  const json = await go(recipe.folder, ['mod', 'edit', '-json'])
  if (!json.ok) return json
  const parsed = modFile.safeParse(parseJson(json.value))
  const [module] = parsed.success ? parsed.data.Require.filter(({ Indirect }) => Indirect !== true) : []
  return module === undefined
    ? err('its go.mod requires no module directly')
    : ok({ path: module.Path, version: module.Version })
}

/** All versions of a module that the module proxy lists. */
export async function listedVersions(
  go: Go,
  recipe: Recipe,
  module: string,
): Promise<Result<readonly string[], string>> {
  const json = await go(recipe.folder, ['list', '-m', '-mod=mod', '-versions', '-json', module])
  if (!json.ok) return json
  const parsed = versionList.safeParse(parseJson(json.value))
  return parsed.success ? ok(parsed.data.Versions ?? []) : err('Go answered with an unknown form')
}

/** Reads a recipe's files, so that they can be restored. Throws what the file system throws. */
export async function keepFiles(recipe: Recipe): Promise<RecipeFiles> {
  const names = ['go.mod', 'go.sum']
  const kept = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(recipe.folder, name)) })),
  )
  return {
    restore: async () => {
      for (const { name, bytes } of kept) await writeFileAtomic(join(recipe.folder, name), bytes)
    },
  }
}

/**
 * Moves a recipe to another version of its module. go.sum then pins exactly what is built, and nothing that only tests
 * of dependencies would need.
 */
export async function moveTo(go: Go, recipe: Recipe, module: string, version: string): Promise<Result<void, string>> {
  const got = await go(recipe.folder, ['get', `${module}@v${version}`])
  if (!got.ok) return got
  await rm(join(recipe.folder, 'go.sum'))
  const listed = await go(recipe.folder, ['list', '-mod=mod', '-deps', ...recipe.packages])
  return listed.ok ? ok(undefined) : listed
}
