import { statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import writeFileAtomic from 'write-file-atomic'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { folders } from '../../core/machine/folders.ts'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { userEnvironment } from '../../core/process/user-environment.ts'
import { type Program, readLockFile } from '../../core/tools/lock-file.ts'
import { debian } from '../../core/tools/sources/debian.ts'
import { findGo } from '../../core/tools/sources/go-toolchain.ts'
import { storyToolIds } from '../../core/tools/tool.ts'
import { fromCaller } from '../caller.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { refuse } from '../refuse.ts'
import { assetsFolder } from '../setup/setup-in-terminal.ts'
import { changedRecipes, keepFiles, reasonOf } from './files.ts'
import { built, type Go, goIn, listedVersions, moveTo, type Recipe, requiredModules } from './recipe.ts'
import { newerVersion, withVersion } from './versions.ts'

export const toolsUpdateUsage = `Usage: npm run tools:update [-- [PROGRAM …] [--check] [--conformance DIR]]

  Looks for newer versions of the external programs (all, or the named ones) in the Go module proxy. For each one it moves
  the recipe in assets/tools, builds the program, runs the conformance cases and the story (for the programs of a cluster:
  its tests), and writes the version to assets/tools.lock.json; or it restores the files and says why.

  --check            only report newer versions; change nothing. The exit code is 1 when there are any, and when a
                     program could not be checked.
  --conformance DIR  a checkout of github.com/sigstore/sigstore-conformance; without it those cases are not run.`

interface Options {
  readonly programs: readonly string[]
  readonly check: boolean
  readonly conformance: string | null
}

/** One program after the look for a newer version. */
interface Outcome {
  readonly state: 'current' | 'updated' | 'newer' | 'kept' | 'unknown'
  readonly text: string
}

/** What an update works with. */
interface Tools {
  readonly options: Options
  readonly go: Go
  /** A folder without a module. */
  readonly empty: string
  readonly signal: AbortSignal
}

const lockFile = (): string => join(assetsFolder(), 'tools.lock.json')

/** `npm run tools:update`. Returns the exit code. */
export async function runToolsUpdate(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    process.stderr.write(`${toolsUpdateUsage}\n`)
    return exitCodes.usage
  }
  if (options.conformance !== null && !statSync(options.conformance, { throwIfNoEntry: false })?.isDirectory()) {
    process.stderr.write(`There is no folder ${options.conformance} with the conformance cases.\n`)
    return exitCodes.usage
  }
  const { signal, dispose } = interruption()
  await mkdir(folders().cache, { recursive: true, mode: 0o700 })
  // Of this process alone: another one removes its own at its end.
  const cache = await mkdtemp(join(folders().cache, 'tools-update-'))
  try {
    const programs = await readLockFile(lockFile())
    if (!programs.ok) return refuse(programs.error, false)
    const ours = programs.value.filter(({ accepts }) => accepts !== undefined)
    const unknown = options.programs.filter((name) => !ours.some((program) => program.name === name))
    if (unknown.length > 0) {
      const known = ours.map(({ name }) => name).join(', ')
      process.stderr.write(`There is no external program ${unknown.join(', ')}. There are: ${known}.\n`)
      return exitCodes.usage
    }
    const changed = options.check ? [] : await changedRecipes(assetsFolder(), signal)
    if (changed.length > 0) {
      process.stderr.write(changedText(changed))
      return exitCodes.usage
    }
    const go = await findGo(process.env['PATH'], await debian({ report: () => undefined, signal }), signal)
    if (!go.ok) return refuse(go.error, false)
    const outcomes: Outcome[] = []
    for (const program of ours) {
      if (signal.aborted) return cancelledBy(signal)
      if (options.programs.length > 0 && !options.programs.includes(program.name)) continue
      const outcome = await update(program, { options, go: goIn(go.value, cache, signal), empty: cache, signal })
      process.stdout.write(`${program.name.padEnd(18)}${outcome.text}\n`)
      outcomes.push(outcome)
    }
    if (signal.aborted) return cancelledBy(signal)
    const fine = outcomes.every(({ state }) => state === 'current' || state === 'updated')
    return fine ? exitCodes.ok : exitCodes.notAsExpected
  } finally {
    await rm(cache, { recursive: true, force: true })
    dispose()
  }
}

const changedText = (changed: readonly string[]): string =>
  `These files differ from the last commit, so an update that fails could not restore them:
${changed.map((name) => `  ${name}\n`).join('')}Commit them, or restore them with: git restore assets/tools assets/tools.lock.json\n`

function parse(args: readonly string[]): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { check: { type: 'boolean' }, conformance: { type: 'string' } },
    })
    const conformance = values.conformance === undefined ? null : fromCaller(values.conformance)
    return { programs: positionals, check: values.check === true, conformance }
  } catch {
    return undefined
  }
}

async function update(program: Program, tools: Tools): Promise<Outcome> {
  const { go, empty, signal } = tools
  const recipe = { folder: join(assetsFolder(), 'tools', program.build.recipe), packages: program.build.packages }
  const required = await requiredModules(go, recipe)
  const listed = required.ok ? await listedVersions(go, empty, required.value.built) : required
  if (!listed.ok) {
    return { state: 'unknown', text: `${program.version}  could not check for newer versions: ${listed.error}` }
  }
  const newest = newerVersion(program.version, listed.value)
  if (newest === null) return { state: 'current', text: `${program.version}  is the newest version` }
  const step = `${program.version} → ${newest}`
  if (tools.options.check) return { state: 'newer', text: step }
  const moved = await tryVersion(program, recipe, newest, tools)
  if (moved.ok) return { state: 'updated', text: `${step}  updated: ${moved.value}` }
  return { state: 'kept', text: `${step}  not updated${signal.aborted ? ' (cancelled)' : ''}: ${moved.error}` }
}

/**
 * Moves one program, and restores its files unless everything works with the new version. An error is the reason in
 * words, with what became of the files.
 */
async function tryVersion(
  program: Program,
  recipe: Recipe,
  newest: string,
  { options: { conformance }, go, signal }: Tools,
): Promise<Result<string, string>> {
  const kept = await keepFiles([...['go.mod', 'go.sum'].map((name) => join(recipe.folder, name)), lockFile()])
  const after = withVersion(await readFile(lockFile(), 'utf8'), program.name, program.version, newest)
  if (after === null) return err(`${lockFile()} does not have its version where it is expected`)
  const stages: readonly (readonly [string, () => Promise<Result<void, string>>])[] = [
    ['its recipe', () => moveTo(go, recipe, newest)],
    // Setup may take the program from elsewhere, such as a Debian package.
    ['the build', () => built(go, recipe, program.build.cgo !== 'never')],
    [
      'setup',
      async () => {
        await writeFileAtomic(lockFile(), after)
        return ours(['setup'], signal)
      },
    ],
    ...(forStory(program) && conformance !== null
      ? [['conformance', () => ours(['conformance', conformance], signal)] as const]
      : []),
    forStory(program)
      ? ['the story', () => ours(['story'], signal)]
      : ['the cluster', () => ours(['test', 'test/kubernetes'], signal)],
  ]
  for (const [name, stage] of stages) {
    process.stderr.write(`${program.name} ${newest}: ${name} …\n`)
    const result = await stage().catch((error: unknown) => err(reasonOf(error)))
    if (result.ok) continue
    const left = await kept.restore()
    const files = left.length === 0 ? 'the files are restored' : `not restored: ${left.join('; ')}`
    return err(`${signal.aborted ? `during ${name}` : `${name}: ${result.error}`}; ${files}`)
  }
  return ok(
    forStory(program) && conformance === null
      ? 'everything works; the conformance cases were not run'
      : 'everything works',
  )
}

const forStory = ({ tools }: Program): boolean => tools.some(({ id }) => storyToolIds.some((each) => each === id))

/** Runs one of our own commands, with its output on stderr. An error is a reason in words. */
async function ours(words: readonly string[], signal: AbortSignal): Promise<Result<void, string>> {
  const lines: string[] = []
  const outcome = await runCommand({
    program: process.execPath,
    args: [join(fileURLToPath(import.meta.url), '..', '..', 'src', 'cli', 'bootstrap.cjs'), ...words],
    env: userEnvironment(process.env),
    timeoutMs: 2 * 60 * 60_000,
    signal,
    graceMs: 60_000,
    onLine: ({ text }) => {
      lines.push(text)
      process.stderr.write(`  ${text}\n`)
    },
  })
  if (succeeded(outcome)) return ok(undefined)
  return err(`${describeEnding(outcome)}${lines.length === 0 ? '' : `, after: ${lines.at(-1)?.trim()}`}`)
}
