import { delimiter, isAbsolute, join } from 'node:path'
import { isChosen } from '../containers/chosen-engine.ts'
import { findEngine } from '../containers/find-engine.ts'
import { type Debian, lacking } from './debian.ts'
import { fileStamp } from './inspect.ts'
import type { ReportSetup } from './setup-event.ts'

/** The Docker daemon on this machine, absolute, or undefined: PATH first, then where distributions put it. */
export async function findDockerd(searchPath: string | undefined): Promise<string | undefined> {
  const path = (searchPath ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  for (const folder of new Set([...path, '/usr/sbin', '/usr/bin', '/usr/local/bin'])) {
    const file = join(folder, 'dockerd')
    if ((await fileStamp(file)) !== undefined) return file
  }
  return undefined
}

/**
 * Sees to it that a container engine answers or can be started: installs Debian's docker.io where neither is so and we
 * may, else reports what to run. Starts nothing.
 */
export async function ensureEngine(options: {
  readonly debian: () => Promise<Debian>
  readonly env: Readonly<NodeJS.ProcessEnv>
  readonly report: ReportSetup
  readonly signal?: AbortSignal
}): Promise<void> {
  const { env, report, signal } = options
  const answering = await findEngine({ env, ...(signal ? { signal } : {}) })
  if (answering.ok) return
  // The user chose an engine, and no other is used in its place.
  if (isChosen(env)) return report({ type: 'machine.lacks', error: answering.error })
  const root = process.getuid?.() === 0
  if (root && (await findDockerd(env['PATH'])) !== undefined) return
  const debian = await options.debian()
  if (debian.canInstall) {
    const installed = await debian.install(['docker.io'], 'no container engine answers')
    if (!installed.ok) report({ type: 'machine.lacks', error: installed.error })
    return
  }
  const error = lacking(
    'No container engine answers.',
    ['docker.io'],
    'install Docker Engine (https://docs.docker.com/engine/install/), start it and join the group docker.',
  )
  report({ type: 'machine.lacks', error: { ...error, found: answering.error.found ?? answering.error.what } })
}
