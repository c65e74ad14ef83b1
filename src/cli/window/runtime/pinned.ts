import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { err, ok, type Result } from '../../../core/domain/result.ts'
import { describeEnding, runCommand, succeeded } from '../../../core/process/command.ts'
import { whileGrowing } from '../../../core/tools/cache/growth.ts'
import { npmEnvironment } from '../../../core/tools/setup/network-environment.ts'
import type { ReachableHosts } from '../../../core/tools/setup/reachable-hosts.ts'

const fetchMs = 900_000
const manifestSchema = z.object({ version: z.string() })

/** The npm package `electron` as it is installed here: which Electron we are made for, and its binary when it is there. */
export interface PinnedElectron {
  readonly version: string
  readonly installer: string
  /** Absolute, or undefined when the binary has not been fetched. */
  readonly executable: string | undefined
}

/** Looks at an installed package `electron`, given its package.json. Throws when that cannot be read. */
export async function findPinned(packageFile: string): Promise<PinnedElectron> {
  const folder = dirname(packageFile)
  const { version } = manifestSchema.parse(JSON.parse(await readFile(packageFile, 'utf8')))
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    )
  const [name, fetched] = await Promise.all([read('path.txt'), read('dist/version')])
  const complete = name !== undefined && fetched?.replace(/^v/, '') === version
  return {
    version,
    installer: join(folder, 'install.js'),
    executable: complete ? join(folder, 'dist', name) : undefined,
  }
}

/**
 * Fetches the binary with the package's own installer, which checks it against the checksums in the package. Returns
 * why not, in words, at once when the release host cannot be reached.
 */
export async function fetchPinned(
  pinned: PinnedElectron,
  options: {
    readonly node: string
    readonly reachable: ReachableHosts
    /** A folder of ours on a disk with enough space. */
    readonly temporary: string
    /** How much of it has been downloaded. */
    readonly onBytes: (bytes: number) => void
    readonly signal?: AbortSignal
  },
): Promise<Result<void, string>> {
  const env = npmEnvironment(process.env)
  const mirror = env['ELECTRON_MIRROR'] ?? env['npm_config_electron_mirror']
  const host = mirror !== undefined && URL.canParse(mirror) ? mirror : 'https://github.com'
  const unreachable = await options.reachable(host)
  if (unreachable !== undefined) return err(unreachable)
  // The installer downloads to a temporary folder; one of our own shows its progress, and is removed if it fails.
  const temporary = await mkdtemp(join(options.temporary, 'electron-'))
  const install = {
    program: options.node,
    args: [pinned.installer],
    env: { ...env, TMPDIR: temporary },
    timeoutMs: fetchMs,
    ...(options.signal ? { signal: options.signal } : {}),
  }
  try {
    const outcome = await whileGrowing(temporary, options.onBytes, () => runCommand(install))
    if (succeeded(outcome)) return ok(undefined)
    const said = outcome.stderr.split('\n').find((line) => line.trim() !== '')
    return err(`its installer: ${said ?? describeEnding(outcome)}`)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
