import { readFile } from 'node:fs/promises'
import { validRange } from 'semver'
import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type ToolId, toolIds } from './tool.ts'

const httpsUrl = z.string().regex(/^https:\/\/[a-z0-9.-]+\//, 'must be an https address')
const relativePath = z
  .string()
  .regex(/^(?!\/)[^\0\\]+$/, 'must be a relative path')
  .refine((path) => !path.split('/').includes('..'), 'must stay inside')
const expression = z.string().refine((source) => compiles(source), 'must be a regular expression with one group')

const releaseCheck = z.discriminatedUnion('kind', [
  /** A Sigstore bundle beside the asset, made by exactly this signer. */
  z.strictObject({
    kind: z.literal('publisher-bundle'),
    url: httpsUrl,
    subject: z.string().min(1),
    issuer: z.url(),
  }),
  /** Hashes that this project computed, by architecture. */
  z.strictObject({
    kind: z.literal('sha256'),
    sha256: z.partialRecord(z.enum(['amd64', 'arm64']), z.string().regex(/^[0-9a-f]{64}$/)),
  }),
  /** The checksum file of the same release: protects against accidents, not against its publisher's host. */
  z.strictObject({ kind: z.literal('checksum-file'), url: httpsUrl }),
])

const release = z.strictObject({
  asset: httpsUrl,
  maxMiB: z.number().int().positive(),
  check: releaseCheck,
})

const build = z.strictObject({
  /** The folder in assets/tools. */
  recipe: z.string().regex(/^[a-z][a-z-]*$/),
  packages: z.array(z.string().min(1)).min(1),
  /** `either`: works both ways, so that it can share compiled packages with those that need C. */
  cgo: z.enum(['always', 'never', 'either']),
  /** What to write into the program at link time, as upstream's own release does. */
  stamp: z.string().optional(),
  /** The disk space that fetching and compiling needs meanwhile. */
  diskMiB: z.number().int().positive(),
})

const tool = z.strictObject({
  commands: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)),
  archived: relativePath.optional(),
  packaged: relativePath.optional(),
  built: relativePath,
})

const program = z.strictObject({
  version: z.string().min(1),
  accepts: z
    .string()
    .refine((range) => validRange(range) !== null, 'must be a range of versions')
    .optional(),
  reports: z.strictObject({ arguments: z.array(z.string()), pattern: expression }).optional(),
  tools: z.partialRecord(z.enum(toolIds), tool),
  release: release.optional(),
  debian: z.strictObject({ package: z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/) }).optional(),
  build,
})

const schema = z.strictObject({
  about: z.string(),
  programs: z.record(z.string(), program),
})

export type ReleaseCheck = z.infer<typeof releaseCheck>
export type Release = z.infer<typeof release>
export type BuildRecipe = z.infer<typeof build>

/** One tool of a program: its place in an archive, a package or a build. */
export interface ProgramTool {
  readonly id: ToolId
  readonly commands: readonly string[]
  readonly archived: string | undefined
  readonly packaged: string | undefined
  readonly built: string
}

/** What one source provides at once: one tool, or SPIRE's two. */
export interface Program {
  readonly name: string
  readonly version: string
  /** Which versions fit; undefined for our own programs, which are always built from the sources here. */
  readonly accepts: string | undefined
  readonly reports: { readonly arguments: readonly string[]; readonly pattern: RegExp } | undefined
  readonly tools: readonly ProgramTool[]
  readonly release: Release | undefined
  readonly debian: { readonly package: string } | undefined
  readonly build: BuildRecipe
}

/** Reads and checks the lock file. Every tool occurs in it exactly once. */
export async function readLockFile(file: string): Promise<Result<readonly Program[]>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    return err(unusable(file, error instanceof Error ? error.message : 'it cannot be read'))
  }
  return parseLockFile(text, file)
}

/** The programs in the text of a lock file, in its order. `file` is for the error only. */
export function parseLockFile(text: string, file: string): Result<readonly Program[]> {
  const json = parseJson(text)
  if (json === undefined) return err(unusable(file, 'it is not JSON'))
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    return err(unusable(file, first ? `${first.path.join('.') || 'top'}: ${first.message}` : 'unknown'))
  }
  const programs = Object.entries(parsed.data.programs).map(([name, entry]) => toProgram(name, entry))
  for (const id of toolIds) {
    const times = programs.flatMap(({ tools }) => tools).filter((each) => each.id === id).length
    if (times !== 1) return err(unusable(file, `${id} stands in it ${times} times`))
  }
  return ok(programs)
}

function toProgram(name: string, entry: z.infer<typeof program>): Program {
  const fill = (text: string): string => text.replaceAll('{version}', entry.version)
  const tools = toolIds.flatMap((id): ProgramTool[] => {
    const each = entry.tools[id]
    if (each === undefined) return []
    const archived = each.archived === undefined ? undefined : fill(each.archived)
    return [{ id, commands: each.commands, archived, packaged: each.packaged, built: each.built }]
  })
  return {
    name,
    version: entry.version,
    accepts: entry.accepts,
    reports: entry.reports && { arguments: entry.reports.arguments, pattern: new RegExp(entry.reports.pattern) },
    tools,
    release: entry.release,
    debian: entry.debian,
    build: entry.build,
  }
}

function compiles(source: string): boolean {
  try {
    return new RegExp(`${source}|`).exec('')?.length === 2
  } catch {
    return false
  }
}

const unusable = (file: string, found: string) =>
  appError(
    'tools.lock-file-unusable',
    'The list of external programs cannot be used.',
    'Restore it: git checkout -- assets/tools.lock.json',
    { expected: `${file} as this project ships it`, found },
  )
