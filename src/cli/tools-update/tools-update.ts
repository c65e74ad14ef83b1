import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import writeFileAtomic from 'write-file-atomic'
import { err, ok, type Result } from '../../core/domain/result.ts'
import { folders } from '../../core/machine/folders.ts'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { type Program, readLockFile } from '../../core/tools/lock-file.ts'
import { networkEnvironment } from '../../core/tools/setup/network-environment.ts'
import { debian } from '../../core/tools/sources/debian.ts'
import { findGo } from '../../core/tools/sources/go-toolchain.ts'
import { fromCaller } from '../caller.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { refuse } from '../refuse.ts'
import { assetsFolder } from '../setup/setup-in-terminal.ts'
import { builtModule, type Go, goIn, keepFiles, listedVersions, moveTo, type Recipe } from './recipe.ts'
import { newerVersion, withVersion } from './versions.ts'

export const toolsUpdateUsage = `Usage: npm run tools:update [-- [PROGRAM …] [--check] [--conformance DIR]]

  Looks for newer versions of the external programs (all, or the named ones) in the Go module proxy. For each one it moves
  the recipe in assets/tools, builds the program, runs the conformance cases and the story, and writes the version to
  assets/tools.lock.json; or it restores the files and says why.

  --check            only report newer versions; change nothing. The exit code is 1 when there are any.
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
  const { signal, dispose } = interruption()
  const cache = join(folders().cache, 'tools-update')
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
    const go = await findGo(process.env['PATH'], await debian({ report: () => undefined, signal }), signal)
    if (!go.ok) return refuse(go.error, false)
    await mkdir(cache, { recursive: true, mode: 0o700 })
    const outcomes: Outcome[] = []
    for (const program of ours) {
      if (signal.aborted) return cancelledBy(signal)
      if (options.programs.length > 0 && !options.programs.includes(program.name)) continue
      const outcome = await update(program, { options, go: goIn(go.value, cache, signal), signal })
      process.stdout.write(`${program.name.padEnd(18)}${outcome.text}\n`)
      outcomes.push(outcome)
    }
    if (signal.aborted) return cancelledBy(signal)
    const wrong = outcomes.some(({ state }) => state === 'kept' || state === 'newer')
    return wrong ? exitCodes.notAsExpected : exitCodes.ok
  } finally {
    await rm(cache, { recursive: true, force: true })
    dispose()
  }
}

function parse(args: readonly string[]): Options | undefined {
  const programs: string[] = []
  let check = false
  let conformance: string | null = null
  const words = [...args]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--check') check = true
    else if (word === '--conformance') {
      const folder = words.shift()
      if (folder === undefined) return undefined
      conformance = fromCaller(folder)
      if (!existsSync(conformance)) return undefined
    } else if (word.startsWith('-')) return undefined
    else programs.push(word)
  }
  return { programs, check, conformance }
}

async function update(program: Program, tools: Tools): Promise<Outcome> {
  const { go } = tools
  const recipe = { folder: join(assetsFolder(), 'tools', program.build.recipe), packages: program.build.packages }
  const module = await builtModule(go, recipe)
  const listed = module.ok ? await listedVersions(go, recipe, module.value.path) : module
  if (!module.ok || !listed.ok) {
    const why = listed.ok ? '' : listed.error
    return { state: 'unknown', text: `${program.version}  could not check for newer versions: ${why}` }
  }
  const newest = newerVersion(program.version, listed.value)
  if (newest === null) return { state: 'current', text: `${program.version}  is the newest version` }
  const step = `${program.version} → ${newest}`
  if (tools.options.check) return { state: 'newer', text: step }
  const moved = await tryVersion(program, recipe, { module: module.value.path, newest }, tools)
  if (moved.ok) return { state: 'updated', text: `${step}  updated: ${moved.value}` }
  return { state: 'kept', text: `${step}  not updated, the files are restored: ${moved.error}` }
}

/** Moves one program, and restores its files unless everything works with the new version. */
async function tryVersion(
  program: Program,
  recipe: Recipe,
  { module, newest }: { readonly module: string; readonly newest: string },
  { options, go, signal }: Tools,
): Promise<Result<string, string>> {
  const files = await keepFiles(recipe)
  const before = await readFile(lockFile(), 'utf8')
  const after = withVersion(before, program.name, program.version, newest)
  if (after === null) return err(`${lockFile()} does not have its version where it is expected`)
  const restore = async (why: string): Promise<Result<string, string>> => {
    await files.restore()
    await writeFileAtomic(lockFile(), before)
    return err(why)
  }
  const moved = await moveTo(go, recipe, module, newest)
  if (!moved.ok) return restore(`its recipe could not be moved: ${moved.error}`)
  await writeFileAtomic(lockFile(), after)
  const checks: readonly (readonly [string, readonly string[]])[] = [
    ['setup', ['setup']],
    ...(options.conformance === null ? [] : [['conformance', ['conformance', options.conformance]] as const]),
    ['the story', ['story']],
  ]
  for (const [name, words] of checks) {
    process.stderr.write(`${program.name} ${newest}: ${name} …\n`)
    const why = await fails(words, signal)
    if (why !== undefined) return restore(`${name}: ${why}`)
  }
  const skipped = options.conformance === null ? '; the conformance cases were not run' : ''
  return ok(`${checks.map(([name]) => name).join(', ')} passed${skipped}`)
}

/** Why one of our own commands does not succeed, in words; undefined when it does. Its output goes to stderr. */
async function fails(words: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  const lines: string[] = []
  const outcome = await runCommand({
    program: process.execPath,
    args: [join(fileURLToPath(import.meta.url), '..', '..', 'src', 'cli', 'bootstrap.cjs'), ...words],
    env: { ...networkEnvironment(process.env), ...userEnvironment() },
    timeoutMs: 2 * 60 * 60_000,
    signal,
    graceMs: 60_000,
    onLine: ({ text }) => {
      lines.push(text)
      process.stderr.write(`  ${text}\n`)
    },
  })
  if (succeeded(outcome)) return undefined
  return `${describeEnding(outcome)}${lines.length === 0 ? '' : `, after: ${lines.at(-1)?.trim()}`}`
}

/** Where this user's folders and programs are; the base environment of a child has none of it. */
function userEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR', 'DOCKER_HOST', 'TMPDIR']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}
