import { type AppError, appError } from '../domain/app-error.ts'
import { err, type Result } from '../domain/result.ts'
import { connectEngine, type Engine } from './engine.ts'

const systemSocket = '/var/run/docker.sock'

/**
 * The engine to use: the one that DOCKER_HOST names and no other when it is set, else the system's, else the private
 * one of this app when it runs. An engine on another machine is refused: its processes are not in our /proc, so that
 * no attestor here could tell its containers apart.
 */
export async function findEngine(options: {
  readonly env?: Readonly<NodeJS.ProcessEnv>
  readonly privateSocket?: string
  readonly signal?: AbortSignal
}): Promise<Result<Engine>> {
  const given = (options.env ?? process.env)['DOCKER_HOST']
  const signal = options.signal ? { signal: options.signal } : {}
  if (given !== undefined && given !== '') {
    const socket = socketOf(given)
    if (socket === undefined) return err(remoteEngine(given))
    return connectEngine(socket, { ours: socket === options.privateSocket, ...signal })
  }
  const system = await connectEngine(systemSocket, { ours: false, ...signal })
  if (system.ok || options.privateSocket === undefined) return system
  const ours = await connectEngine(options.privateSocket, { ours: true, ...signal })
  return ours.ok ? ours : system
}

/** The socket path in a DOCKER_HOST value, or undefined when it names anything but a local socket. */
function socketOf(host: string): string | undefined {
  const path = host.startsWith('unix://') ? host.slice('unix://'.length) : host
  return path.startsWith('/') ? path : undefined
}

const remoteEngine = (found: string): AppError =>
  appError(
    'engine.remote',
    'DOCKER_HOST does not name an engine on this machine.',
    'Unset DOCKER_HOST, or set it to the socket of a local engine: unix:///var/run/docker.sock.',
    { expected: 'unix:///PATH', found },
  )
