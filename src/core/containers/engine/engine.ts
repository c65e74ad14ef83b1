import Docker from 'dockerode'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { engineError, isAborted } from './engine-error.ts'

/** A container engine that answered. */
export interface Engine {
  readonly docker: Docker
  /** Absolute path of its socket. */
  readonly socket: string
  readonly name: string
  readonly version: string
  /** Whether this app started it. */
  readonly ours: boolean
}

const versionSchema = z.object({
  Version: z.string(),
  Components: z.array(z.object({ Name: z.string() })).optional(),
})

/** Queries what the engine behind a socket is. Changes nothing; answers within `timeoutMs`. */
export async function connectEngine(
  socket: string,
  options: { readonly ours: boolean; readonly timeoutMs?: number; readonly signal?: AbortSignal },
): Promise<Result<Engine>> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 5_000)
  const signal = firstSignal(options.signal, limit)
  try {
    const docker = openSocket(socket)
    // dockerode takes the signal here too; its published types do not say so.
    const asked: { version(options: { abortSignal: AbortSignal }): Promise<unknown> } = docker
    const { Version, Components } = versionSchema.parse(await asked.version({ abortSignal: signal }))
    const podman = Components?.some(({ Name }) => /podman/i.test(Name)) === true
    const name = podman ? 'Podman' : 'Docker Engine'
    return ok({ docker, socket, name, version: Version, ours: options.ours })
  } catch (error) {
    if (limit.aborted && !isAborted(options.signal)) return err(silent(socket))
    return err(engineError(error, 'The container engine was asked for its version.', socket, options.signal))
  }
}

/** A client for exactly this socket: without the explicit host a DOCKER_HOST of the environment would win. */
function openSocket(socket: string): Docker {
  return new Docker({ socketPath: socket, host: undefined, port: undefined, protocol: 'http' })
}

const silent = (socket: string) =>
  appError('engine.silent', 'The container engine does not answer.', 'Restart it: `sudo systemctl restart docker`.', {
    expected: `an answer at ${socket}`,
    found: 'a connection, and then nothing',
  })
