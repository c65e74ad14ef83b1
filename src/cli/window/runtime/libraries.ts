import type { AppError } from '../../../core/domain/app-error.ts'
import { runCommand, succeeded } from '../../../core/process/command.ts'
import { type Debian, lacking } from '../../../core/tools/sources/debian.ts'

/** Debian's packages with what Electron links against; a newer suite may have renamed one, then the first name fits. */
const packages = [
  ['libgtk-3-0t64', 'libgtk-3-0'],
  ['libnss3'],
  ['libasound2t64', 'libasound2'],
  ['libgbm1'],
  ['libxss1'],
  ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'],
] as const

/** The missing shared libraries of a program. Empty if that cannot be determined. */
export async function missingLibraries(executable: string, signal?: AbortSignal): Promise<readonly string[]> {
  const outcome = await runCommand({
    program: 'ldd',
    args: [executable],
    timeoutMs: 20_000,
    ...(signal ? { signal } : {}),
  })
  return succeeded(outcome) ? parseLdd(outcome.stdout) : []
}

/** The names that `ldd` says are not found. */
export const parseLdd = (output: string): string[] =>
  output.split('\n').flatMap((line) => /^\s*(\S+) => not found$/.exec(line)?.[1] ?? [])

/** Makes Electron's libraries available: installs Debian's packages if allowed, else returns the command to run. */
export async function ensureLibraries(
  executable: string,
  debian: () => Promise<Debian>,
  signal?: AbortSignal,
): Promise<AppError | undefined> {
  const missing = await missingLibraries(executable, signal)
  if (missing.length === 0) return undefined
  const tools = await debian()
  const known = tools.canInstall ? await tools.candidates(packages.flat()) : new Map<string, string>()
  const names = packages.map(
    (either) => either.find((name) => known.has(name)) ?? either[either.length - 1] ?? either[0],
  )
  if (tools.canInstall) {
    const installed = await tools.install(names, 'the window’s runtime needs them')
    return installed.ok ? undefined : installed.error
  }
  const error = lacking('The window’s runtime lacks libraries.', names, 'install GTK 3, NSS, ALSA and GBM.')
  return { ...error, expected: 'all its shared libraries', found: `without ${missing.join(', ')}` }
}
