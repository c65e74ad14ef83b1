import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeEnding, runCommand, succeeded } from '../../process/command.ts'
import type { Program } from '../lock-file.ts'
import type { SourceProgress } from '../setup/setup-event.ts'
import type { ToolId } from '../tool.ts'
import { type GoEnvironment, type GoPreparation, noCompiler, prepareGo } from './go-environment.ts'
import type { Obtained, SourceFailure } from './source.ts'

export interface GoBuilderOptions extends GoPreparation {
  /** The folder with the build recipes. */
  readonly recipes: string
}

/** Builds a program from its recipe. */
export type GoBuilder = (
  program: Program,
  onProgress: (progress: SourceProgress) => void,
) => Promise<Result<Obtained, SourceFailure>>

const hours = 60 * 60_000

/**
 * Builds programs with Go from the recipes in assets/tools, whose go.sum pins every byte. Modules of the next program
 * are fetched while one compiles; the next one compiles while one is linked.
 */
export function goBuilder(options: GoBuilderOptions): GoBuilder {
  let preparing: Promise<Result<GoEnvironment, SourceFailure>> | undefined
  const fetchTurn = pLimit(1)
  const compileTurn = pLimit(1)
  return async (program, onProgress) => {
    await mkdir(join(options.folder, 'tmp'), { recursive: true, mode: 0o700 })
    const prepared = await (preparing ??= prepareGo(options))
    if (!prepared.ok) return prepared
    if (program.build.cgo === 'always' && !prepared.value.canCompileC) return err(noCompiler())
    const job: Job = { program, onProgress, options, go: prepared.value }
    onProgress({ kind: 'waiting', what: 'its modules are fetched after those of others' })
    const listed = await fetchTurn(() => fetchModules(job))
    if (!listed.ok) return listed
    onProgress({ kind: 'waiting', what: 'compiled after the others' })
    return new Promise((resolve, reject) => {
      // The turn ends when only linking is left; the build continues beside the next one.
      void compileTurn(
        () =>
          new Promise<void>((linking) => {
            compile(job, listed.value, linking).then(resolve, reject).finally(linking)
          }),
      )
    })
  }
}

interface Job {
  readonly program: Program
  readonly onProgress: (progress: SourceProgress) => void
  readonly options: GoBuilderOptions
  readonly go: GoEnvironment
}

interface Listed {
  readonly packages: number
  readonly mains: ReadonlySet<string>
}

function runGo(job: Job, args: readonly string[], onLine: (line: string) => void) {
  const { program, options, go } = job
  const cgo = program.build.cgo === 'always' || (program.build.cgo === 'either' && go.shareC)
  return runCommand({
    program: go.go,
    args,
    cwd: join(options.recipes, program.build.recipe),
    env: { ...go.env, CGO_ENABLED: cgo ? '1' : '0' },
    timeoutMs: 2 * hours,
    logFile: logFile(job),
    onLine: ({ stream, text }) => {
      if (stream === 'stderr') onLine(text)
    },
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

const logFile = ({ program, options }: Job): string => join(options.folder, `${program.name}.log`)

async function fetchModules(job: Job): Promise<Result<Listed, SourceFailure>> {
  let fetched = 0
  job.onProgress({ kind: 'doing', what: 'fetching modules' })
  const format = '{{.Name}} {{.ImportPath}} {{.DepOnly}}'
  const outcome = await runGo(
    job,
    ['list', '-mod=readonly', '-deps', '-f', format, ...job.program.build.packages],
    (line) => {
      if (line.startsWith('go: downloading ')) {
        job.onProgress({ kind: 'doing', what: 'modules fetched', count: ++fetched })
      }
    },
  )
  if (!succeeded(outcome)) return err(failed(job, 'its modules could not be fetched', outcome))
  const lines = outcome.stdout.split('\n').filter((line) => line !== '')
  const mains = lines.filter((line) => line.startsWith('main ') && line.endsWith(' false'))
  return ok({ packages: lines.length, mains: new Set(mains.map((line) => line.split(' ')[1] ?? '')) })
}

async function compile(job: Job, listed: Listed, linking: () => void): Promise<Result<Obtained, SourceFailure>> {
  const { program, options } = job
  const out = join(options.folder, 'out', program.name)
  await rm(out, { recursive: true, force: true })
  await mkdir(out, { recursive: true, mode: 0o700 })
  let compiled = 0
  const mains = new Set(listed.mains)
  job.onProgress({ kind: 'packages', done: 0, atMost: listed.packages })
  const outcome = await runGo(
    job,
    ['build', '-v', ...flags(program), '-o', `${out}/`, ...program.build.packages],
    (line) => {
      if (/[\s:]/.test(line)) return
      compiled++
      job.onProgress({ kind: 'packages', done: compiled, atMost: listed.packages })
      mains.delete(line)
      // The main packages come last, each after all that it needs.
      if (mains.size === 0) {
        job.onProgress({ kind: 'doing', what: 'linking' })
        linking()
      }
    },
  )
  if (!succeeded(outcome)) return err(failed(job, 'it could not be compiled', outcome))
  const files = new Map<ToolId, string>(program.tools.map(({ id, built }) => [id, join(out, built)]))
  const trust = `It was built on this machine from the modules that assets/tools/${program.build.recipe}/go.sum pins.`
  return ok({ files, trust })
}

/**
 * What makes a build quick and reproducible: no debug data and no inlining, no paths and no version-control facts of
 * this machine. Inlining would save a cosign call 20 ms of 93, and make its build a fifth longer (501 instead of 406
 * seconds of processor time, cosign 3.1.2, Go 1.26): here people wait for the build, and releases have it anyway.
 */
function flags(program: Program): string[] {
  const stamp = program.build.stamp?.replaceAll('{version}', program.version)
  const link = stamp === undefined ? '-s -w' : `-s -w -X ${stamp}`
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=${link}`, '-gcflags=all=-dwarf=false -l']
}

function failed(job: Job, what: string, outcome: Parameters<typeof describeEnding>[0]): SourceFailure {
  if (outcome.kind === 'cancelled') return { why: 'cancelled' }
  const said = outcome.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading '))
  return {
    why: `${what} (${describeEnding(outcome)}): ${said.slice(-3).join(' / ').slice(0, 400)}`,
    remedy: `Read ${logFile(job)}, then start again: what was fetched and compiled is kept.`,
  }
}
