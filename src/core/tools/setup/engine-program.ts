import { delimiter, isAbsolute, join } from 'node:path'
import { isChosen } from '../../containers/engine/chosen-engine.ts'
import { findEngine } from '../../containers/engine/find-engine.ts'
import type { AppError } from '../../domain/app-error.ts'
import { fileStamp } from '../cache/inspect.ts'
import { type Debian, lacking } from '../sources/debian.ts'
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
 * Makes sure that a container engine responds or can be started: installs Debian's docker.io if neither is so and we
 * are allowed to, else reports what to run. Starts nothing.
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
  // An existing one that may not be opened, or is stopped, is not replaced.
  if (!root && answering.error.code !== 'engine.absent')
    return report({ type: 'machine.lacks', error: answering.error })
  const debian = await options.debian()
  if (debian.canInstall) {
    const installed = await debian.install(['docker.io'], 'no container engine answers')
    if (!installed.ok) report({ type: 'machine.lacks', error: installed.error })
    return
  }
  report({ type: 'machine.lacks', error: withoutEngine(answering.error) })
}

/** Why no engine can be used if none was chosen: how to install one, or what is wrong with the existing one. */
export function withoutEngine(answer: AppError): AppError {
  if (answer.code !== 'engine.absent') return answer
  const error = lacking(
    'No container engine answers.',
    ['docker.io'],
    'install Docker Engine (https://docs.docker.com/engine/install/) and start it.',
  )
  // The engine's socket belongs to a group that an ordinary user has to join first.
  const join = process.getuid?.() === 0 ? '' : ' Then: sudo usermod -aG docker "$(id -un)", and log in again.'
  return { ...error, remedy: `${error.remedy}${join}`, found: answer.found ?? answer.what }
}
