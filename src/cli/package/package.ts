import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { folders } from '../../core/machine/folders.ts'
import { reachableHosts } from '../../core/tools/setup/reachable-hosts.ts'
import { fromCaller } from '../caller.ts'
import { cancelledBy, exitCodes, interruption } from '../interruption.ts'
import { assetsFolder, electronPackage } from '../setup/setup-in-terminal.ts'
import { setupView } from '../setup/setup-view.ts'
import { appErrorLines } from '../story/error-lines.ts'
import { paintFor } from '../story/paint.ts'
import { readableWidth, Thread } from '../story/thread.ts'
import { ensureRunTime, type RunTime } from '../window/runtime/runtime.ts'
import { writeArchive } from './archive.ts'
import { type Parts, programName } from './configuration.ts'
import { makeInstaller, makeUnpacked, type Unpacked } from './unpacked.ts'

declare const __VERSION__: string

export const packageUsage = `Usage: npm run package [-- --strict] [-- --only-folder] [-- --out DIR]

  Makes the program for distribution: an unpacked folder and a .tar.gz; an AppImage and a .deb where their tools
  can be fetched. DIR is release/ when it is not given.
  --strict        anything that could not be made, or a runtime for development, is a failure
  --only-folder   the unpacked folder alone`

/** Where electron-builder gets the tools of AppImage and .deb from. */
const toolsHost = 'https://github.com'
const dist = dirname(fileURLToPath(import.meta.url))

/** `npm run package`. Returns the exit code. */
export async function runPackage(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    process.stderr.write(`${packageUsage}\n`)
    return exitCodes.usage
  }
  const { signal, dispose } = interruption()
  try {
    const view = setupView(process.stderr, process.env)
    const runTime = await ensureRunTime({
      cache: folders().cache,
      assets: assetsFolder(),
      electronPackage: electronPackage(),
      node: process.execPath,
      report: view.report,
      signal,
    }).finally(view.close)
    if (!runTime.ok) {
      const thread = new Thread(paintFor(process.stderr, process.env), readableWidth(process.stderr.columns))
      process.stderr.write(`${appErrorLines(runTime.error, thread).join('\n')}\n`)
      return signal.aborted ? cancelledBy(signal) : exitCodes.notAsExpected
    }
    const complete = await makeAll(runTime.value, options, signal)
    if (signal.aborted) return cancelledBy(signal)
    return complete || !options.strict ? exitCodes.ok : exitCodes.notAsExpected
  } catch (error) {
    if (signal.aborted) return cancelledBy(signal)
    process.stderr.write(`Not made: ${error instanceof Error ? error.message : String(error)}\n`)
    return exitCodes.notAsExpected
  } finally {
    dispose()
  }
}

interface Options {
  readonly strict: boolean
  readonly onlyFolder: boolean
  readonly out: string
}

function parse(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        strict: { type: 'boolean', default: false },
        'only-folder': { type: 'boolean', default: false },
        out: { type: 'string', default: join(dist, '..', 'release') },
      },
    })
    return { strict: values.strict, onlyFolder: values['only-folder'], out: fromCaller(values.out) }
  } catch {
    return undefined
  }
}

/** Makes everything, reports the results, and returns whether nothing is missing. */
async function makeAll(runTime: RunTime, { out, onlyFolder }: Options, signal: AbortSignal): Promise<boolean> {
  const name = [
    programName,
    __VERSION__,
    `${process.platform}-${process.arch}`,
    ...(runTime.forDevelopment ? ['for-development'] : []),
  ].join('-')
  const work = join(out, '.work')
  await mkdir(work, { recursive: true })
  const parts: Parts = {
    version: __VERSION__,
    electron: { folder: dirname(runTime.executable), version: runTime.version },
    app: join(work, 'app'),
    dist,
    assets: assetsFolder(),
    node: join(dist, '..', 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node'),
    root: join(dist, '..'),
    output: join(work, 'out'),
  }
  try {
    const unpacked = await makeUnpacked(parts, join(out, name))
    await sayUnpacked(unpacked, runTime)
    if (onlyFolder || signal.aborted) return !runTime.forDevelopment
    const archive = join(out, `${name}.tar.gz`)
    const hash = await writeArchive(unpacked.folder, name, archive)
    say(`${await sizeOf(archive)}  ${shown(archive)}\n          sha256:${hash}`)
    const installers = await makeInstallers(parts, unpacked, name, signal)
    return installers && !runTime.forDevelopment
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function makeInstallers(parts: Parts, { folder }: Unpacked, name: string, signal: AbortSignal): Promise<boolean> {
  const why = await reachableHosts(4_000, signal)(toolsHost)
  let complete = true
  for (const target of ['AppImage', 'deb'] as const) {
    if (signal.aborted) return false
    try {
      if (why !== undefined) throw new Error(`its tools cannot be fetched: ${why}`)
      const made = await makeInstaller(parts, folder, target)
      const file = join(dirname(folder), `${name}.${target}`)
      await rename(made, file)
      say(`${await sizeOf(file)}  ${shown(file)}`)
    } catch (error) {
      complete = false
      say(`not made  ${target}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return complete
}

async function sayUnpacked({ folder, fuses }: Unpacked, runTime: RunTime): Promise<void> {
  const note = runTime.forDevelopment ? ', for development: not to be given to others' : ''
  say(`${await sizeOf(folder)}  ${shown(folder)}/\n          Electron ${runTime.version}${note}`)
  say('Fuses, read back from the program:')
  for (const [fuse, on] of Object.entries(fuses)) say(`  ${on ? 'on ' : 'off'}  ${fuse}`)
}

const say = (text: string): unknown => process.stdout.write(`${text}\n`)
const shown = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

async function sizeOf(path: string): Promise<string> {
  const bytes = async (at: string): Promise<number> => {
    const facts = await stat(at)
    if (!facts.isDirectory()) return facts.size
    const sizes = await Promise.all((await readdir(at)).map((name) => bytes(join(at, basename(name)))))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
  return `${Math.round((await bytes(path)) / 1e6)} MB`.padStart(8)
}
