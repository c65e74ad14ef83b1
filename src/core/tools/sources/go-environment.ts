import { access, statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../../domain/result.ts'
import { runCommand, succeeded } from '../../process/command.ts'
import type { Program } from '../lock-file.ts'
import { networkEnvironment } from '../setup/network-environment.ts'
import type { ReachableHosts } from '../setup/reachable-hosts.ts'
import { type Debian, lacking } from './debian.ts'
import { findGo } from './go-toolchain.ts'
import type { SourceFailure } from './source.ts'

/** What every Go build of a run shares. */
export interface GoEnvironment {
  readonly go: string
  /** Whether C can be compiled: without it SPIRE cannot be built here. */
  readonly canCompileC: boolean
  /** Whether programs that can be built both ways are built with C, to share compiled packages with those that must. */
  readonly shareC: boolean
  readonly env: Readonly<Record<string, string>>
}

export interface GoPreparation {
  /** Every program that no other source had, whatever its final source is. */
  readonly missing: readonly Program[]
  /** Where modules and compiled packages are kept while programs are built. */
  readonly folder: string
  readonly debian: Debian
  readonly reachable: ReachableHosts
  readonly searchPath: string | undefined
  readonly signal?: AbortSignal
}

const systemCertificates = '/etc/ssl/certs/ca-certificates.crt'

/** Finds or installs what Go builds need: Go, a C compiler when a program needs one, disk space. */
export async function prepareGo(options: GoPreparation): Promise<Result<GoEnvironment, SourceFailure>> {
  const { debian, signal } = options
  const room = await checkRoom(options)
  if (!room.ok) return room
  const go = await findGo(options.searchPath, debian, signal)
  if (!go.ok) return err({ why: go.error.what, remedy: go.error.remedy })
  const needsC = await anyNeedsC(options)
  let canCompileC = await compilesC(signal)
  if (needsC && !canCompileC && debian.canInstall) {
    const certificates = (await exists(systemCertificates)) ? [] : ['ca-certificates']
    await debian.install(['gcc', 'libc6-dev', ...certificates], 'SPIRE’s database is written in C')
    canCompileC = await compilesC(signal)
  }
  return ok({
    go: go.value,
    canCompileC,
    shareC: needsC && canCompileC,
    env: goEnvironment(options.folder, go.value),
  })
}

/** The message when SPIRE has to be built and there is no C compiler. */
export function noCompiler(): SourceFailure {
  const { what, remedy } = lacking(
    'It has to be built here, and there is no C compiler.',
    ['gcc', 'libc6-dev'],
    'install gcc and the headers of your C library, then start again.',
  )
  return { why: what, remedy }
}

function goEnvironment(folder: string, go: string): Record<string, string> {
  return {
    ...networkEnvironment(process.env),
    PATH: `${dirname(go)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    GOMODCACHE: join(folder, 'mod'),
    GOCACHE: join(folder, 'build'),
    GOTMPDIR: join(folder, 'tmp'),
    // A recipe names the Go it needs; an older one fetches it as a module, checked like any other.
    GOTOOLCHAIN: 'auto',
    GOFLAGS: '-modcacherw',
    GOWORK: 'off',
    // Fewer collections in the compiler: quicker, at up to 4 GB for the largest packages.
    GOGC: totalmem() >= 8 * 1024 ** 3 ? '400' : '100',
    // Go's own default is `-g -O2`, and SQLite alone takes three times as long with it.
    CGO_CFLAGS: '-O1',
  }
}

async function anyNeedsC({ missing, reachable }: GoPreparation): Promise<boolean> {
  for (const { build, release } of missing) {
    if (build.cgo !== 'always') continue
    if (release === undefined || (await reachable(release.asset)) !== undefined) return true
  }
  return false
}

async function compilesC(signal: AbortSignal | undefined): Promise<boolean> {
  const outcome = await runCommand({
    program: 'gcc',
    args: ['-E', '-'],
    input: '#include <stdlib.h>\n',
    timeoutMs: 20_000,
    ...(signal ? { signal } : {}),
  })
  return succeeded(outcome)
}

async function checkRoom({ folder, missing }: GoPreparation): Promise<Result<void, SourceFailure>> {
  const needed = missing.reduce((sum, { build }) => sum + build.diskMiB, 0)
  const { bavail, bsize } = await statfs(folder)
  const free = Math.floor((bavail * bsize) / 1024 ** 2)
  if (free >= needed) return ok(undefined)
  return err({
    why: `building takes about ${gibibytes(needed)} in ${folder} while it lasts, and ${gibibytes(free)} is free`,
    remedy: `Make room where this is (\`df -h ${folder}\`), or set XDG_CACHE_HOME to a folder with more.`,
  })
}

const gibibytes = (mebibytes: number): string => `${(mebibytes / 1024).toFixed(1)} GiB`

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
