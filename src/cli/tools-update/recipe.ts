import { rm } from 'node:fs/promises'
import { join } from 'node:path'
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
export type Go = (folder: string, args: readonly string[], cgo?: boolean) => Promise<Result<string, string>>

const modFile = z.object({
  Require: z.array(z.object({ Path: z.string(), Version: z.string(), Indirect: z.boolean().optional() })),
  Replace: z
    .array(z.object({ Old: z.object({ Path: z.string() }), New: z.object({ Version: z.string().optional() }) }))
    .nullish(),
})
const versionList = z.object({ Versions: z.array(z.string()).optional() })

/** `go` with module and build caches of its own below `cache`, as setup runs it. */
export function goIn(go: string, cache: string, signal: AbortSignal): Go {
  return async (folder, args, cgo = false) => {
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
        CGO_ENABLED: cgo ? '1' : '0',
        CGO_CFLAGS: '-O1',
      },
      timeoutMs: 60 * 60_000,
      signal,
    })
    if (succeeded(outcome)) return ok(outcome.stdout)
    return err(goReason('stderr' in outcome ? outcome.stderr : '') ?? describeEnding(outcome))
  }
}

/** Why Go failed, in one line: its first message that is not about progress. Undefined when there is none. */
export const goReason = (stderr: string): string | undefined =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .find(
      (line) => line !== '' && !/^(go: (downloading|finding|found|upgraded|downgraded|added|removed) |#)/.test(line),
    )

/** What a recipe's go.mod says of other modules. */
interface RequiredModules {
  /** The module that it builds, which is the one required directly. */
  readonly built: string
  readonly indirect: readonly string[]
  /** Those that are published with it under the same version, `v0.33.5` for `v1.33.5`, and replaced by that. */
  readonly published: readonly string[]
}

/** What a recipe's go.mod requires and replaces. */
export async function requiredModules(go: Go, recipe: Recipe): Promise<Result<RequiredModules, string>> {
  const json = await go(recipe.folder, ['mod', 'edit', '-json'])
  if (!json.ok) return json
  const parsed = modFile.safeParse(parseJson(json.value))
  const all = parsed.success ? parsed.data.Require : []
  const direct = all.find(({ Indirect }) => Indirect !== true)
  if (direct === undefined) return err('its go.mod requires no module directly')
  const indirect = all.filter(({ Indirect }) => Indirect === true).map(({ Path }) => Path)
  const published = ((parsed.success ? parsed.data.Replace : undefined) ?? [])
    .filter(({ New }) => New.Version === publishedWith(direct.Version))
    .map(({ Old }) => Old.Path)
  return ok({ built: direct.Path, indirect, published })
}

/** How Kubernetes numbers the modules that it publishes with its own version 1. */
const publishedWith = (version: string): string => version.replace(/^v1\./, 'v0.')

/** All versions of a module that the module proxy lists. Go runs in `empty`, a folder without a module: it changes none. */
export async function listedVersions(
  go: Go,
  empty: string,
  module: string,
): Promise<Result<readonly string[], string>> {
  const json = await go(empty, ['list', '-m', '-versions', '-json', module])
  if (!json.ok) return json
  const parsed = versionList.safeParse(parseJson(json.value))
  return parsed.success ? ok(parsed.data.Versions ?? []) : err('Go answered with an unknown form')
}

/**
 * Moves a recipe to another version of its module, and to the versions of its dependencies which that one requires.
 * go.sum then pins exactly what is built, and nothing that only tests of dependencies would need.
 */
export async function moveTo(go: Go, recipe: Recipe, version: string): Promise<Result<void, string>> {
  const required = await requiredModules(go, recipe)
  if (!required.ok) return required
  const { built, indirect, published } = required.value
  const edits = [
    // A dependency of the old version alone could contain the same package as one of the new version.
    ...indirect.map((path) => `-droprequire=${path}`),
    ...published.map((path) => `-replace=${path}=${path}@${publishedWith(`v${version}`)}`),
  ]
  const dropped = await go(recipe.folder, ['mod', 'edit', ...edits])
  if (!dropped.ok) return dropped
  const got = await go(recipe.folder, ['get', `${built}@v${version}`])
  if (!got.ok) return got
  await rm(join(recipe.folder, 'go.sum'))
  const listed = await go(recipe.folder, ['list', '-mod=mod', '-deps', ...recipe.packages])
  return listed.ok ? ok(undefined) : listed
}

/** Builds a recipe as setup would; the program is not kept. */
export async function built(go: Go, recipe: Recipe, cgo: boolean): Promise<Result<void, string>> {
  const done = await go(recipe.folder, ['build', '-mod=readonly', '-o', '/dev/null', ...recipe.packages], cgo)
  return done.ok ? ok(undefined) : done
}
